package part

import "strings"

// Owner is the part that a name belongs to: "organisations" of "organisations.entry.create".
func Owner(name string) string { owner, _, _ := strings.Cut(name, "."); return owner }

// key is the key of the text that names something for readers: the part's word, a dot, what
// sort of name it is, and the name itself with underscores.
func key(sort, name string) string {
	owner, rest, _ := strings.Cut(name, ".")
	return owner + "." + sort + "_" + strings.ReplaceAll(rest, ".", "_")
}

// SettingKey is the key of a setting's name: "organisations.setting_filing_day".
func SettingKey(setting string) string { return key("setting", setting) }

// KindKey is the key of the name of a kind of thing: "consultations.kind_answer".
func KindKey(kind string) string { return key("kind", kind) }

// FoundKey is the key of the heading over things of a kind that a search found:
// "consultations.found_answer".
func FoundKey(kind string) string { return key("found", kind) }

// FilesKey is the key of the name of a sort of files: "consultations.files_pictures".
func FilesKey(files string) string { return key("files", files) }

// ActKey is the key of the name of a public act: "consultations.act_answer_published".
func ActKey(act string) string { return key("act", act) }

// DidKey is the key of the name of a privileged act: "organisations.did_entry_create".
func DidKey(audited string) string { return key("did", audited) }

// HelpKey is the key of the question of a topic of help: "consultations.help_take_part".
func HelpKey(topic string) string { return key("help", topic) }

// JobKey is the key of the name of a kind of background work: "identity.job_sweep".
func JobKey(kind string) string { return key("job", kind) }

// FactKey is the key of the name of a member of an act's payload: "consultations.fact_question".
func FactKey(act, member string) string { return Owner(act) + ".fact_" + member }
