// Who leaves in a hurry (data-leave) does not come back to the page by the browser's Back. Without this the link leads away all the same.
for (const a of document.querySelectorAll('[data-leave]')) {
  a.addEventListener('click', e => {
    e.preventDefault();
    location.replace(a.href);
  });
}
