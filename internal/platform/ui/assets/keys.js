// A key leads to what bears its name, told by its place, for a Kazakh and a Russian layout write other letters there: to the page
// to which a link leads, or into a field. Nothing is sent by it, and nothing happens while something is being typed.
addEventListener('keydown', e => {
  if (e.target.closest?.('input, select, textarea, [contenteditable]') || e.ctrlKey || e.altKey || e.metaKey) return;
  const at = document.querySelector(`[data-key="${e.code}"]`), to = at?.matches('a') ? at : at?.querySelector('a, input, select, textarea');
  if (!to) return;
  e.preventDefault();
  to.matches('a') ? to.click() : to.focus();
});
