package app_test

import (
	"fmt"
	"maps"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/birge-kz/birge/internal/citytest"
	"github.com/birge-kz/birge/internal/civic"
)

// Who may call what. The table is written by hand. The test fails for a route that is not in
// it, for a row without a route, and for a route that lets in others than the table says. Rules
// that depend on the thing itself (an officer acts for one body only) are tested by each
// capability.
var matrix = map[string][]string{
	"everyone": {
		"GET /surveys",
		"GET /surveys.csv",
		"GET /surveys-excel.csv",
		"GET /surveys.xlsx",
		"GET /surveys/{id}",
		"GET /surveys/{id}/answer",
		"POST /surveys/{id}/answer",
		"GET /surveys/{id}/results",
		"GET /surveys/{id}/results/{question}",
		"GET /surveys/{id}/data.csv",
		"GET /surveys/{id}/data-excel.csv",
		"GET /surveys/{id}/data.xlsx",
		"GET /surveys/{id}/codebook.json",
		"GET /api/surveys",
		"GET /api/surveys/{id}",
		"GET /drafts",
		"GET /drafts.atom",
		"GET /drafts.csv",
		"GET /drafts-excel.csv",
		"GET /drafts.xlsx",
		"GET /drafts/{id}",
		"GET /drafts/{id}/p/{place}",
		"GET /drafts/{id}/remarks/{remark}",
		"GET /drafts/{id}/remarks.csv",
		"GET /drafts/{id}/remarks-excel.csv",
		"GET /drafts/{id}/remarks.xlsx",
		"GET /drafts/{id}/report",
		"GET /drafts/{id}/changes",
		"GET /api/drafts",
		"GET /api/drafts/{id}",
		"GET /drafts/{id}/text.docx",
		"GET /drafts/{id}/text.pdf",
		"GET /drafts/{id}/report.docx",
		"GET /drafts/{id}/report.pdf",
		"GET /book/{kind}/{id}",
		"POST /book/{kind}/{id}",
		"GET /book/{kind}/{id}/by/{token}",
		"POST /book/{kind}/{id}/by/{token}/confirm",
		"POST /book/{kind}/{id}/by/{token}/take",
		"POST /book/{kind}/{id}/by/{token}/back",
		"GET /events",
		"GET /events.ics",
		"GET /events.atom",
		"GET /events.csv",
		"GET /events-excel.csv",
		"GET /events.xlsx",
		"GET /events/{id}",
		"GET /events/today",
		"GET /events/today.pdf",
		"GET /events/{id}/poster.pdf",
		"GET /events/{id}/event.ics",
		"GET /api/events",
		"GET /api/events/{id}",
		"GET /initiatives",
		"GET /initiatives.atom",
		"GET /initiatives.csv",
		"GET /initiatives-excel.csv",
		"GET /initiatives.xlsx",
		"GET /api/initiatives",
		"GET /initiatives/{id}",
		"GET /initiatives/{id}/days.csv",
		"GET /initiatives/{id}/link/{key}",
		"GET /initiatives/{id}/sign",
		"POST /initiatives/{id}/sign",
		"GET /initiatives/{id}/code/{signature}",
		"POST /initiatives/{id}/code/{signature}",
		"GET /initiatives/{id}/own/{token}",
		"POST /initiatives/{id}/own/{token}",
		"POST /initiatives/{id}/own/{token}/back",
		"GET /built",
		"GET /built.csv",
		"GET /built-excel.csv",
		"GET /built.xlsx",
		"GET /built/{id}",
		"GET /api/built",
		"GET /api/built/{id}",
		"GET /built-360giving.json",
		"GET /budget/{id}/vote",
		"POST /budget/{id}/vote",
		"GET /budget/{id}/results",
		"GET /budget/{id}/results/{file}",
		"GET /course-worker.js",
		"GET /laws",
		"GET /laws/{code}",
		"GET /learning",
		"GET /learning/{id}",
		"GET /learning/{id}/quiz",
		"POST /learning/{id}/quiz",
		"GET /volunteering",
		"GET /volunteering/{id}",
		"GET /budget",
		"GET /budget/{id}",
		"GET /budget/{id}/ideas",
		"GET /budget/{id}/ideas.csv",
		"GET /budget/{id}/ideas-excel.csv",
		"GET /budget/{id}/ideas.xlsx",
		"GET /budget/{id}/rules.json",
		"GET /budget/{id}/rehearsal",
		"POST /budget/{id}/rehearsal",
		"GET /ideas/{id}",
		"GET /api/budget/{id}/ideas",
		"GET /api/ideas/{id}",
		"GET /.well-known/did.json",
		"GET /status-lists/{list}",
		"GET /credentials",
		"POST /credentials",
		"GET /credentials/{id}",
		"GET /credentials/{id}/by/{secret}",
		"GET /credentials/{id}/certificate.json",
		"GET /credentials/{id}/certificate.pdf",
		"GET /credentials/{id}/by/{secret}/certificate.json",
		"GET /credentials/{id}/by/{secret}/certificate.pdf",
		"GET /matching",
		"GET /matching/{id}",
		"GET /matching/{id}/gifts.csv",
		"GET /campaigns",
		"GET /campaigns.csv",
		"GET /campaigns-excel.csv",
		"GET /campaigns.xlsx",
		"GET /campaigns/{id}",
		"GET /campaigns/{id}/book",
		"GET /campaigns/{id}/book.csv",
		"GET /campaigns/{id}/book-excel.csv",
		"GET /campaigns/{id}/book.xlsx",
		"GET /campaigns/{id}/book/{number}",
		"GET /grants",
		"GET /grants.csv",
		"GET /grants/given",
		"GET /grants/360giving.json",
		"GET /grants/360giving.csv",
		"GET /grants/{id}",
		"GET /grants/{id}/terms.json",
		"GET /reading/{id}/results",
		"GET /contracts/{id}",
		"GET /reading/{id}/results.json",
		"GET /reading/{id}/results.csv",
		"GET /reading/{id}/results-excel.csv",
		"GET /reading/{id}/results.xlsx",
		"GET /api/forming",
		"GET /api/forming/{id}",
		"GET /forming",
		"GET /forming.csv",
		"GET /forming-excel.csv",
		"GET /forming.xlsx",
		"GET /forming.atom",
		"GET /forming/{id}",
		"GET /forming/{id}/draws/{draw}",
		"GET /forming/{id}/draws/{draw}/{file}",
		"GET /_mail",
		"GET /answers",
		"GET /answers-excel.csv",
		"GET /answers.atom",
		"GET /answers.csv",
		"GET /answers.xlsx",
		"GET /answers/bodies",
		"GET /answers/{id}",
		"GET /answers/{id}/mail/{token}",
		"POST /answers/{id}/mail/{token}",
		"GET /ballots/{id}",
		"GET /ballots/{id}/list.csv",
		"POST /ballots/{id}/find",
		"GET /api/answers",
		"GET /api/answers/{id}",
		"GET /api/consultations",
		"GET /api/councils/{id}",
		"GET /api/discussion",
		"GET /api/discussion/{kind}/{id}",
		"GET /api/discussion/comment/{id}",
		"GET /api/consultations/{id}",
		"GET /api/consultations/{id}/map",
		"GET /api/consultations/{id}/statements",
		"GET /appeals",
		"GET /appeals.atom",
		"GET /appeals.csv",
		"GET /appeals-excel.csv",
		"GET /appeals.xlsx",
		"GET /api/appeals",
		"GET /api/appeals/{id}",
		"GET /api/appeals/statistics",
		"GET /appeals/statistics",
		"GET /appeals/statistics.csv",
		"GET /appeals/new",
		"POST /appeals/new",
		"GET /appeals/{id}",
		"GET /appeals/{id}/own/{token}",
		"POST /appeals/{id}/own/{token}",
		"POST /appeals/{id}/own/{token}/confirm",
		"POST /appeals/{id}/own/{token}/tell",
		"GET /appeals/{id}/own/{token}/contest",
		"POST /appeals/{id}/own/{token}/contest",
		"POST /appeals/{id}/own/{token}/withdraw",
		"GET /appeals/{id}/own/{token}/letter.docx",
		"GET /appeals/{id}/own/{token}/letter.pdf",
		"GET /api/rights",
		"GET /api/rights/{id}",
		"GET /rights",
		"GET /embed/rights/{id}",
		"GET /open311/discovery.json",
		"GET /open311/discovery.xml",
		"GET /open311/v2/requests.json",
		"GET /open311/v2/requests.xml",
		"GET /open311/v2/requests/{file}",
		"GET /open311/v2/services.json",
		"GET /open311/v2/services.xml",
		"GET /open311/v2/services/{file}",
		"GET /open311/v2/tokens/{file}",
		"POST /open311/v2/requests.json",
		"POST /open311/v2/requests.xml",
		"GET /rights/resume",
		"GET /rights/{id}",
		"GET /rights/{id}/booklet.pdf",
		"GET /rights/{id}/go",
		"GET /rights/{id}/graph",
		"GET /rights/{id}/letter",
		"POST /rights/find",
		"POST /rights/resume",
		"POST /rights/{id}/dates.ics",
		"POST /rights/{id}/go",
		"POST /rights/{id}/judge",
		"POST /rights/{id}/keep",
		"POST /rights/{id}/letter",
		"POST /rights/{id}/letter.docx",
		"POST /rights/{id}/letter.pdf",
		"GET /consultations",
		"GET /councils",
		"GET /councils/{id}",
		"GET /councils/{id}/members",
		"GET /councils/{id}/recommendations/{recommendation}",
		"GET /meetings",
		"GET /meetings/of/{kind}/{id}",
		"GET /meetings/of/{kind}/{id}/calendar.ics",
		"GET /meetings/of/{kind}/{id}/votes-excel.csv",
		"GET /meetings/of/{kind}/{id}/votes.csv",
		"GET /meetings/of/{kind}/{id}/votes.xlsx",
		"GET /api/meetings",
		"GET /api/meetings/{id}",
		"GET /meetings/{id}",
		"GET /meetings/{id}/invitation.ics",
		"GET /meetings/{id}/minutes",
		"GET /meetings/{id}/minutes.pdf",
		"GET /consultations.atom",
		"GET /consultations/{id}",
		"GET /consultations/{id}/add",
		"POST /consultations/{id}/add",
		"GET /consultations/{id}/map",
		"GET /consultations/{id}/mine",
		"GET /consultations/{id}/statements/{no}/contest",
		"POST /consultations/{id}/statements/{no}/contest",
		"GET /consultations/{id}/report.pdf",
		"GET /consultations/{id}/results",
		"GET /consultations/{id}/results-excel.csv",
		"GET /consultations/{id}/results.csv",
		"GET /consultations/{id}/results.xlsx",
		"POST /consultations/{id}/language",
		"POST /consultations/{id}/vote",
		"GET /discussion",
		"GET /discussion/{kind}/{id}",
		"GET /discussion/{kind}/{id}/feed",
		"GET /discussion/{kind}/{id}/comments.csv",
		"GET /discussion/{kind}/{id}/comments-excel.csv",
		"GET /discussion/{kind}/{id}/comments.xlsx",
		"GET /discussion/comment/{id}",
		"GET /files/{id}",
		"GET /files/{id}/{name}",
		"GET /api/moderation",
		"GET /moderation",
		"GET /moderation-excel.csv",
		"GET /moderation.xlsx",
		"GET /moderation.csv",
		"GET /moderation/rules",
		"GET /moderation/rules/{rule}",
		"GET /healthz",
		"GET /language",
		"GET /look-into-your-mail",
		"GET /search",
		"GET /organisations",
		"GET /organisations/changes",
		"GET /organisations/export/{format}",
		"GET /organisations/feed",
		"GET /organisations/filings",
		"GET /organisations/sector",
		"GET /organisations/{id}",
		"GET /organisations/{id}/feed",
		"GET /organisations/{id}/filings/{year}",
		"GET /organisations/{id}/history",
		"POST /passkey/ask",
		"POST /passkey/new",
		"GET /checkpoint",
		"GET /readyz",
		"GET /record",
		"GET /record/act/{id}",
		"GET /record/feed.atom",
		"GET /record/key",
		"GET /record/key.txt",
		"GET /record/pages/{path...}",
		"GET /record/receipt/{index}",
		"GET /record/{index}",
		"GET /recover",
		"POST /recover",
		"GET /recover/{token}",
		"POST /recover/{token}",
		"GET /robots.txt",
		"GET /help",
		"GET /organisations/map",
		"GET /places/picture.svg",
		"GET /follow/{kind}/{id}",
		"POST /follow/{kind}/{id}",
		"GET /following/{token}",
		"POST /following/{token}",
		"POST /following/{token}/confirm",
		"POST /following/{token}/stop",
		"GET /rules",
		"GET /rules/days",
		"GET /rules/days.csv",
		"GET /setup/administrator/{token}",
		"POST /setup/administrator/{token}",
		"GET /sign-in",
		"POST /sign-in",
		"POST /sign-out",
		"GET /sign-up",
		"POST /sign-up",
		"GET /sign-up/{token}",
		"GET /invitation/{token}",
		"POST /invitation/{token}",
		"POST /sign-up/{token}",
		"GET /unsubscribe/{token}",
		"POST /unsubscribe/{token}",
		"GET /tile/{path...}",
		"GET /trace/{kind}/{id}",
		"GET /{$}",
		"GET /speak",
		"GET /decide",
		"GET /learn",
		"GET /join",
		"GET /check",
	},
	"operators": {
		"GET /metrics",
	},
	"signed in": {
		"GET /drafts/{id}/p/{place}/say",
		"POST /drafts/{id}/p/{place}/say",
		"POST /drafts/{id}/remarks/{remark}/support",
		"POST /drafts/{id}/remarks/{remark}/back",
		"GET /bookings",
		"GET /bookings/{id}",
		"POST /bookings/{id}/take",
		"POST /bookings/{id}/back",
		"GET /door/{kind}/{id}",
		"POST /door/{kind}/{id}",
		"GET /door/{kind}/{id}/list",
		"GET /door/{kind}/{id}/list.json",
		"POST /door/{kind}/{id}/scans",
		"GET /desk/events",
		"GET /desk/events/{id}",
		"GET /desk/events/{id}/change",
		"POST /desk/events/{id}/change",
		"POST /desk/events/{id}/announce",
		"GET /desk/events/{id}/call-off",
		"POST /desk/events/{id}/call-off",
		"GET /desk/events/{id}/dates/{date}",
		"POST /desk/events/{id}/dates/{date}",
		"POST /desk/events/{id}/dates/{date}/off",
		"GET /desk/events/{id}/report",
		"POST /desk/events/{id}/report",
		"GET /desk/print/{kind}/{id}",
		"POST /desk/print/{kind}/{id}",
		"GET /desk/paper/{id}",
		"POST /desk/paper/{id}/give",
		"GET /desk/paper/{id}/packets/{no}",
		"POST /desk/paper/{id}/packets/{no}",
		"GET /desk/paper/{id}/person",
		"POST /desk/paper/{id}/person",
		"GET /desk/paper/{id}/enter",
		"POST /desk/paper/{id}/enter",
		"GET /desk/paper/{id}/reconcile",
		"POST /desk/paper/{id}/reconcile",
		"GET /learning/{id}/result/{attempt}",
		"POST /learning/{id}/certificate",
		"POST /volunteering/{id}/come",
		"POST /volunteering/{id}/leave",
		"GET /my/gifts",
		"GET /my/gifts/{gift}",
		"POST /my/gifts/{gift}/announce",
		"POST /my/gifts/{gift}/withdraw",
		"GET /my/volunteering",
		"GET /my/volunteering.ics",
		"POST /my/volunteering",
		"POST /my/volunteering/certificate",
		"POST /ideas/{id}/withdraw",
		"GET /ideas/{id}/rework",
		"POST /ideas/{id}/rework",
		"GET /ideas/{id}/merge",
		"POST /ideas/{id}/merge",
		"POST /ideas/{id}/merge/{from}",
		"GET /my/certificates",
		"POST /credentials/{id}/public",
		"POST /credentials/{id}/renew",
		"GET /grants/{id}/applications/{application}",
		"GET /grants/{id}/applications/{application}/answers",
		"POST /grants/{id}/applications/{application}/answers",
		"GET /grants/{id}/applications/{application}/budget",
		"POST /grants/{id}/applications/{application}/budget",
		"POST /grants/{id}/applications/{application}/submit",
		"POST /grants/{id}/applications/{application}/withdraw",
		"GET /grants/{id}/applications/{application}/complain",
		"POST /grants/{id}/applications/{application}/complain",
		"GET /reading",
		"GET /reading/{id}",
		"GET /reading/{id}/agenda.csv",
		"GET /reading/{id}/agenda-excel.csv",
		"GET /reading/{id}/agenda.xlsx",
		"POST /reading/{id}/declare",
		"GET /reading/{id}/{entry}",
		"POST /reading/{id}/{entry}",
		"POST /reading/{id}/{entry}/recuse",
		"GET /appeals/{id}/letter.docx",
		"GET /appeals/{id}/letter.pdf",
		"POST /appeals/{id}/word",
		"POST /appeals/{id}/tell",
		"GET /appeals/{id}/contest",
		"POST /appeals/{id}/contest",
		"POST /appeals/{id}/withdraw",
		"GET /forming/{id}/candidacies/{candidacy}",
		"POST /forming/{id}/candidacies/{candidacy}/withdraw",
		"POST /answers/{id}/reply",
		"GET /account",
		"POST /account",
		"GET /account/confirm",
		"POST /account/confirm",
		"GET /account/delete",
		"POST /account/delete",
		"GET /account/download",
		"POST /account/email",
		"POST /account/email/confirmation",
		"GET /account/email/{token}",
		"POST /account/email/{token}",
		"POST /account/passkeys",
		"POST /account/passkeys/remove",
		"POST /account/password",
		"GET /account/security",
		"POST /account/sessions/end",
		"GET /account/verification",
		"POST /account/verification/code",
		"GET /account/verification/provider",
		"POST /account/verification/roll",
		"GET /claims/mine",
		"GET /discussion/{kind}/{id}/say",
		"POST /discussion/{kind}/{id}/say",
		"GET /discussion/comment/{id}/reply",
		"POST /discussion/comment/{id}/reply",
		"GET /discussion/comment/{id}/edit",
		"POST /discussion/comment/{id}/edit",
		"GET /discussion/comment/{id}/useful",
		"POST /discussion/comment/{id}/useful",
		"GET /discussion/comment/{id}/take-back",
		"POST /discussion/comment/{id}/take-back",
		"GET /consultations/mine",
		"GET /moderation/contest/{kind}/{id}",
		"POST /moderation/contest/{kind}/{id}",
		"GET /desk/files/{thing}/{sort}",
		"POST /desk/files/{thing}/{sort}",
		"GET /desk/files/{thing}/{sort}/{file}",
		"POST /desk/files/{thing}/{sort}/{file}",
		"POST /desk/files/{thing}/{sort}/{file}/remove",
		"GET /me",
		"GET /claims/{claim}",
		"POST /claims/{claim}/withdraw",
		"GET /following",
		"POST /following/stop",
		"GET /notices",
		"POST /notices",
		"POST /notices/read",
		"GET /notices/{id}",
		"GET /verification/callback",
	},
	"residents": {
		"GET /events/suggest",
		"POST /events/suggest",
		"GET /initiatives/new",
		"POST /initiatives/new",
		"GET /initiatives/{id}/rewrite",
		"POST /initiatives/{id}/rewrite",
		"GET /initiatives/{id}/agree/{invite}",
		"POST /initiatives/{id}/agree/{invite}",
		"POST /initiatives/{id}/gather",
		"POST /initiatives/{id}/withdraw",
		"POST /initiatives/{id}/back",
		"GET /built/{id}/say",
		"POST /built/{id}/say",
		"GET /budget/{id}/new",
		"POST /budget/{id}/new",
		"POST /ideas/{id}/support",
		"POST /ideas/{id}/unsupport",
		"GET /grants/{id}/apply",
		"GET /campaigns/{id}/give",
		"POST /campaigns/{id}/give",
		"POST /grants/{id}/apply",
		"GET /appeals/{id}/join",
		"POST /appeals/{id}/join",
		"POST /appeals/{id}/leave",
		"GET /meetings/of/{kind}/{id}/ask",
		"POST /meetings/of/{kind}/{id}/ask",
		"POST /meetings/{id}/come",
		"GET /forming/{id}/stand",
		"POST /forming/{id}/stand",
		"GET /organisations/{id}/claim",
		"POST /organisations/{id}/claim",
	},
	"staff": {
		"GET /desk",
	},
	"appeals' staff": {
		"GET /desk/appeals",
	},
	"budget's staff": {
		"GET /desk/budget",
		"GET /desk/ideas/{id}",
		"GET /desk/checks/{id}",
		"POST /desk/checks/{id}",
	},
	"budget's expert council": {
		"GET /desk/ideas/{id}/sign",
		"POST /desk/ideas/{id}/sign",
	},
	"registrars": {
		"GET /desk/appeals/register/{id}",
		"POST /desk/appeals/register/{id}",
	},
	"hosts": {
		"GET /desk/events/new",
		"POST /desk/events/new",
		"GET /desk/grants",
		"GET /desk/grants/new",
		"POST /desk/grants/new",
		"GET /desk/grants/{id}",
		"GET /desk/grants/{id}/edit",
		"POST /desk/grants/{id}/edit",
		"GET /desk/grants/{id}/criteria",
		"POST /desk/grants/{id}/criteria",
		"GET /desk/grants/{id}/questions",
		"POST /desk/grants/{id}/questions",
		"GET /desk/grants/{id}/cancel",
		"POST /desk/grants/{id}/cancel",
		"GET /desk/grants/{id}/applications/{application}",
		"POST /desk/grants/{id}/applications/{application}",
		"POST /desk/grants/{id}/criteria/drop",
		"POST /desk/grants/{id}/questions/drop",
		"POST /desk/grants/{id}/announce",
		"POST /desk/grants/{id}/read",
		"GET /contracts/{id}/sign",
		"POST /contracts/{id}/sign",
		"GET /contracts/{id}/reports/{report}",
		"POST /contracts/{id}/reports/{report}",
		"GET /contracts/{id}/reports/{report}/take",
		"POST /contracts/{id}/reports/{report}/take",
		"GET /contracts/{id}/return",
		"POST /contracts/{id}/return",
		"GET /contracts/{id}/close",
		"POST /contracts/{id}/close",
		"POST /contracts/{id}/pay",
		"GET /desk/reading/{id}/readers",
		"POST /desk/reading/{id}/readers",
		"GET /desk/reading/{id}/begin",
		"POST /desk/reading/{id}/begin",
		"GET /desk/reading/{id}/meet",
		"POST /desk/reading/{id}/meet",
		"GET /desk/reading/{id}/sit",
		"POST /desk/reading/{id}/sit",
		"GET /desk/reading/{id}/entries/{entry}",
		"POST /desk/reading/{id}/entries/{entry}",
		"GET /desk/reading/{id}/complaints/{complaint}",
		"POST /desk/reading/{id}/complaints/{complaint}",
		"GET /desk/reading/{id}",
		"POST /desk/reading/{id}/readers/drop",
		"POST /desk/reading/{id}/readers/lift",
		"POST /desk/reading/{id}/publish",
		"GET /desk/laws",
		"POST /desk/laws/looked",
		"GET /desk/learning",
		"GET /desk/learning/new",
		"POST /desk/learning/new",
		"GET /desk/learning/{id}",
		"POST /desk/learning/{id}",
		"POST /desk/learning/{id}/ask",
		"POST /desk/learning/{id}/publish",
		"POST /desk/learning/{id}/give-back",
		"POST /desk/learning/{id}/withdraw",
		"GET /desk/learning/{id}/statistics",
		"GET /desk/learning/{id}/{lang}/{file}",
		"GET /matching/new",
		"POST /matching/new",
		"POST /matching/{id}/join",
		"POST /matching/{id}/close",
		"GET /desk/campaigns",
		"GET /desk/campaigns/new",
		"POST /desk/campaigns/new",
		"GET /desk/campaigns/{id}",
		"GET /desk/campaigns/{id}/edit",
		"POST /desk/campaigns/{id}/edit",
		"POST /desk/campaigns/{id}/send",
		"GET /desk/campaigns/{id}/close",
		"POST /desk/campaigns/{id}/close",
		"GET /desk/statements",
		"POST /desk/statements",
		"GET /desk/statements/lines/{line}",
		"POST /desk/statements/lines/{line}",
		"POST /desk/statements/lines/{line}/reopen",
		"GET /desk/statements/gifts/{gift}/back",
		"POST /desk/statements/gifts/{gift}/back",
		"GET /desk/volunteering",
		"GET /desk/volunteering/new",
		"POST /desk/volunteering/new",
		"GET /desk/volunteering/{id}",
		"POST /desk/volunteering/{id}",
		"POST /desk/volunteering/{id}/confirm",
		"POST /desk/volunteering/{id}/take-back",
		"GET /desk/consultations",
		"GET /desk/consultations/new",
		"POST /desk/consultations/new",
		"GET /desk/consultations/{id}",
		"GET /desk/consultations/{id}/close",
		"POST /desk/consultations/{id}/close",
		"GET /desk/consultations/{id}/edit",
		"POST /desk/consultations/{id}/edit",
		"GET /desk/consultations/{id}/extend",
		"POST /desk/consultations/{id}/extend",
		"GET /desk/consultations/{id}/map",
		"GET /desk/consultations/{id}/map/leave-out/{key}",
		"POST /desk/consultations/{id}/publish",
		"GET /desk/consultations/{id}/statements/{no}",
		"POST /desk/consultations/{id}/statements/{no}",
		"GET /desk/consultations/{id}/statements/{no}/translate",
		"POST /desk/consultations/{id}/statements/{no}/translate",
		"POST /desk/consultations/{id}/withdraw",
		"GET /desk/moderation",
		"POST /desk/moderation/take",
		"POST /desk/moderation/give-back",
		"GET /organisations/{id}/edit",
		"POST /organisations/{id}/edit",
		"GET /organisations/{id}/filings/{year}/edit",
		"POST /organisations/{id}/filings/{year}/edit",
		"POST /organisations/{id}/people",
		"POST /organisations/{id}/people/remove",
	},
	"officers": {
		"GET /desk/surveys",
		"GET /desk/surveys/new",
		"POST /desk/surveys/new",
		"GET /desk/surveys/{id}",
		"POST /desk/surveys/{id}/again",
		"GET /desk/surveys/{id}/edit",
		"POST /desk/surveys/{id}/edit",
		"GET /desk/surveys/{id}/questions",
		"POST /desk/surveys/{id}/questions",
		"POST /desk/surveys/{id}/questions/drop",
		"GET /desk/surveys/{id}/margins",
		"POST /desk/surveys/{id}/margins",
		"GET /desk/surveys/{id}/try",
		"POST /desk/surveys/{id}/try",
		"GET /desk/surveys/{id}/letters",
		"POST /desk/surveys/{id}/letters",
		"POST /desk/surveys/{id}/open",
		"GET /desk/surveys/{id}/withdraw",
		"POST /desk/surveys/{id}/withdraw",
		"GET /desk/surveys/{id}/themes/{question}",
		"POST /desk/surveys/{id}/themes/{question}",
		"GET /desk/surveys/{id}/coding/{question}",
		"POST /desk/surveys/{id}/coding/{question}",
		"GET /desk/surveys/{id}/data.csv",
		"GET /desk/drafts",
		"GET /desk/drafts/new",
		"POST /desk/drafts/new",
		"GET /desk/drafts/{id}",
		"GET /desk/drafts/{id}/edit",
		"POST /desk/drafts/{id}/edit",
		"GET /desk/drafts/{id}/text",
		"POST /desk/drafts/{id}/text",
		"GET /desk/drafts/{id}/open",
		"POST /desk/drafts/{id}/open",
		"GET /desk/drafts/{id}/weigh",
		"POST /desk/drafts/{id}/weigh",
		"GET /desk/drafts/{id}/adopt",
		"POST /desk/drafts/{id}/adopt",
		"GET /desk/drafts/{id}/withdraw",
		"POST /desk/drafts/{id}/withdraw",
		"POST /desk/drafts/{id}/report",
		"GET /desk/built",
		"GET /desk/built/{id}",
		"GET /desk/built/{id}/contract",
		"POST /desk/built/{id}/contract",
		"GET /desk/built/{id}/milestone",
		"POST /desk/built/{id}/milestone",
		"GET /desk/built/{id}/delay",
		"POST /desk/built/{id}/delay",
		"GET /desk/built/{id}/payment",
		"POST /desk/built/{id}/payment",
		"GET /desk/built/{id}/answer",
		"POST /desk/built/{id}/answer",
		"GET /desk/built/{id}/drop",
		"POST /desk/built/{id}/drop",
		"POST /desk/built/{id}/finish",
		"POST /desk/built/{id}/milestones/{milestone}",
		"GET /desk/budget/{id}/codes",
		"POST /desk/budget/{id}/codes",
		"GET /desk/ideas/{id}/freeze",
		"POST /desk/ideas/{id}/freeze",
		"POST /desk/ideas/{id}/thaw",
		"POST /desk/ideas/{id}/fall",
		"GET /desk/budget/new",
		"POST /desk/budget/new",
		"GET /desk/budget/{id}",
		"POST /desk/budget/{id}",
		"POST /desk/budget/{id}/publish",
		"GET /desk/budget/{id}/change",
		"POST /desk/budget/{id}/change",
		"GET /desk/budget/{id}/stop",
		"POST /desk/budget/{id}/stop",
		"GET /desk/budget/{id}/paper",
		"POST /desk/budget/{id}/paper",
		"POST /desk/ideas/{id}/assign",
		"GET /desk/appeals.csv",
		"GET /desk/appeals-excel.csv",
		"GET /desk/appeals.xlsx",
		"GET /desk/appeals/cases/{case}",
		"POST /desk/appeals/cases/{case}/take",
		"POST /desk/appeals/cases/{case}/note",
		"GET /desk/appeals/cases/{case}/answer",
		"POST /desk/appeals/cases/{case}/answer",
		"GET /desk/appeals/cases/{case}/ask",
		"POST /desk/appeals/cases/{case}/ask",
		"GET /desk/appeals/cases/{case}/forward",
		"POST /desk/appeals/cases/{case}/forward",
		"GET /desk/answers",
		"GET /desk/answers/{id}",
		"GET /desk/answers/{id}/answer",
		"POST /desk/answers/{id}/answer",
		"GET /desk/answers/{id}/extend",
		"POST /desk/answers/{id}/extend",
		"GET /desk/answers/{id}/pass",
		"POST /desk/answers/{id}/pass",
		"GET /desk/answers/{id}/pause",
		"POST /desk/answers/{id}/pause",
		"POST /desk/answers/{id}/resume",
		"GET /desk/consultations/{id}/answer",
		"POST /desk/consultations/{id}/answer",
		"GET /desk/verification",
		"POST /desk/verification",
	},
	"moderators": {
		"GET /desk/campaigns/{id}/check",
		"POST /desk/campaigns/{id}/check",
		"GET /desk/drafts-words/{id}",
		"POST /desk/drafts-words/{id}",
		"GET /desk/events/{id}/words",
		"POST /desk/events/{id}/words",
		"GET /desk/initiatives",
		"GET /desk/initiatives/words/{id}",
		"POST /desk/initiatives/words/{id}",
		"GET /desk/initiatives/check/{id}",
		"POST /desk/initiatives/check/{id}",
		"GET /desk/initiatives/reverse/{invalidation}",
		"POST /desk/initiatives/reverse/{invalidation}",
		"GET /desk/ideas/{id}/words",
		"POST /desk/ideas/{id}/words",
		"GET /desk/appeals/words/{id}",
		"POST /desk/appeals/words/{id}",
		"GET /administration",
		"GET /desk/consultations/{id}/map/count-again/{no}",
		"POST /desk/consultations/{id}/map/count-again/{no}",
		"POST /desk/consultations/{id}/map/leave-out/{key}",
		"GET /desk/discussion/{id}",
		"POST /desk/discussion/{id}",
		"GET /claims",
		"POST /claims/{claim}/decide",
		"GET /organisations/desk",
		"GET /organisations/import",
		"POST /organisations/import",
		"POST /organisations/import/apply",
		"POST /organisations/import/check",
		"GET /organisations/new",
		"POST /organisations/new",
		"POST /organisations/{id}/hide",
		"GET /organisations/{id}/double",
		"POST /organisations/{id}/double",
		"POST /organisations/{id}/state",
		"POST /organisations/{id}/verify",
	},
	"officers and moderators": {
		"GET /desk/venues",
		"POST /desk/venues",
		"POST /desk/venues/{id}/close",
		"GET /record/link",
		"POST /record/link",
	},
	"members": {
		"GET /meetings/{id}/remarks",
		"POST /meetings/{id}/remarks",
	},
	"rights' lawyers": {
		"GET /desk/rights",
		"GET /desk/rights/review/{no}",
		"POST /desk/rights/review/{no}",
		"GET /desk/rights/{id}",
		"POST /desk/rights/{id}",
		"GET /desk/rights/counts/{id}",
	},
	"secretaries": {
		"GET /desk/forming",
		"GET /desk/forming/{id}",
		"GET /desk/forming/of/{kind}/{body}/new",
		"POST /desk/forming/of/{kind}/{body}/new",
		"GET /desk/forming/{id}/edit",
		"POST /desk/forming/{id}/edit",
		"GET /desk/forming/{id}/quotas",
		"POST /desk/forming/{id}/quotas",
		"GET /desk/forming/{id}/candidacies/{candidacy}",
		"POST /desk/forming/{id}/candidacies/{candidacy}",
		"GET /desk/forming/{id}/votes",
		"POST /desk/forming/{id}/votes",
		"GET /desk/forming/{id}/publish",
		"POST /desk/forming/{id}/publish",
		"GET /desk/forming/{id}/fail",
		"POST /desk/forming/{id}/fail",
		"GET /desk/forming/{id}/draws/{draw}/announce",
		"POST /desk/forming/{id}/draws/{draw}/announce",
		"GET /desk/forming/{id}/draws/{draw}/number",
		"POST /desk/forming/{id}/draws/{draw}/number",
		"GET /desk/forming/{id}/draws/{draw}/annul",
		"POST /desk/forming/{id}/draws/{draw}/annul",
		"GET /desk/forming/{id}/draws/{draw}",
		"POST /desk/forming/{id}/announce",
		"POST /desk/forming/{id}/prepare",
		"GET /desk/councils",
		"GET /desk/meetings/of/{kind}/{id}/meetings/new",
		"POST /desk/meetings/of/{kind}/{id}/meetings/new",
		"GET /desk/meetings/of/{kind}/{id}/questions/{question}",
		"POST /desk/meetings/of/{kind}/{id}/questions/{question}",
		"GET /desk/meetings/{id}",
		"GET /desk/meetings/{id}/call-off",
		"POST /desk/meetings/{id}/call-off",
		"POST /desk/meetings/{id}/close",
		"POST /desk/meetings/{id}/convene",
		"GET /desk/meetings/{id}/items/new",
		"POST /desk/meetings/{id}/items/new",
		"GET /desk/meetings/{id}/items/{item}",
		"POST /desk/meetings/{id}/items/{item}",
		"GET /desk/meetings/{id}/items/{item}/vote",
		"POST /desk/meetings/{id}/items/{item}/vote",
		"GET /desk/meetings/{id}/link",
		"POST /desk/meetings/{id}/link",
		"GET /desk/meetings/{id}/minutes",
		"POST /desk/meetings/{id}/minutes",
		"GET /desk/meetings/{id}/minutes.pdf",
		"GET /desk/meetings/{id}/minutes/approve",
		"POST /desk/meetings/{id}/minutes/approve",
		"POST /desk/meetings/{id}/minutes/circulate",
		"GET /desk/meetings/{id}/minutes/correct",
		"POST /desk/meetings/{id}/minutes/correct",
		"GET /desk/meetings/{id}/minutes/remark",
		"POST /desk/meetings/{id}/minutes/remark",
		"GET /desk/meetings/{id}/minutes/remarks/{remark}",
		"POST /desk/meetings/{id}/minutes/remarks/{remark}",
		"GET /desk/meetings/{id}/move",
		"POST /desk/meetings/{id}/move",
		"POST /desk/meetings/{id}/present",
		"GET /desk/councils/{id}",
		"POST /desk/councils/{id}/recommendations/{recommendation}/send",
		"GET /desk/councils/{id}/seats/new",
		"POST /desk/councils/{id}/seats/new",
		"GET /desk/councils/{id}/seats/{seat}",
		"POST /desk/councils/{id}/seats/{seat}",
	},
	"administrators": {
		"GET /desk/appeals/channels",
		"POST /desk/appeals/channels",
		"GET /laws/enter",
		"POST /laws/enter",
		"GET /desk/councils/new",
		"POST /desk/councils/new",
		"GET /administration/jobs",
		"GET /administration/moderation",
		"GET /administration/moderation/new",
		"POST /administration/moderation/new",
		"GET /administration/moderation/{rule}",
		"POST /administration/moderation/{rule}",
		"POST /administration/jobs/clock",
		"POST /administration/jobs/{id}/discard",
		"POST /administration/jobs/{id}/retry",
		"POST /record/key",
		"POST /credentials/key",
		"GET /credentials/{id}/revoke",
		"POST /credentials/{id}/revoke",
		"GET /credentials/{id}/correct",
		"POST /credentials/{id}/correct",
		"GET /desk/audit",
		"GET /desk/people",
		"POST /desk/people",
		"GET /desk/people/{id}",
		"GET /desk/people/invitations",
		"POST /desk/people/invitations",
		"POST /desk/people/invitations/{id}/withdraw",
		"POST /desk/people/{id}/grant",
		"POST /desk/people/{id}/revoke",
		"POST /desk/people/{id}/sign-out",
		"GET /organisations/milestones",
		"POST /organisations/milestones",
		"POST /organisations/milestones/remove",
		"GET /settings",
		"GET /settings/bodies",
		"POST /settings/bodies",
		"GET /settings/city",
		"POST /settings/city",
		"GET /settings/days",
		"GET /settings/outlines",
		"POST /settings/outlines",
		"POST /settings/days",
		"POST /settings/days/file",
		"GET /settings/districts",
		"POST /settings/districts",
		"POST /settings/finish",
		"GET /settings/rules/{key}",
		"POST /settings/rules/{key}",
	},
}

// anybody is an audience of everybody who has an account.
var anybody = []string{"*"}

// Which roles each audience means: administrators are in all.
var audiences = map[string][]string{
	"everyone":       append([]string{"visitor"}, anybody...),
	"operators":      append([]string{"visitor"}, anybody...), // by token or from this machine: see TestMetricsByToken
	"signed in":      anybody,
	"residents":      anybody,
	"staff":          {"representative", "officer", "moderator", "councils.secretary", "appeals.registrar", "budgeting.expert", "rights.lawyer"},
	"hosts":          {"representative", "officer", "moderator"},
	"officers":       {"officer"},
	"moderators":     {"moderator"},
	"administrators": {},
	"secretaries":    {"councils.secretary"},
	"members":        {"councils.member"},
	"registrars":     {"appeals.registrar"},

	"rights' lawyers": {"rights.lawyer"},

	"appeals' staff": {"officer", "appeals.registrar"},
	"budget's staff": {"officer", "budgeting.expert"},

	"budget's expert council": {"budgeting.expert"},

	"officers and moderators": {"officer", "moderator"},
}

// among reports whether an audience means a role.
func among(role, audience string) bool {
	of := audiences[audience]
	return role == "administrator" || slices.Contains(of, role) || role != "visitor" && slices.Contains(of, "*")
}

// Routes whose service refuses some roles even when no particular thing is named, with those
// roles.
var narrower = map[string][]string{
	"POST /passkey/new":            {"visitor"},                     // without the token of a sign-up or recovery
	"GET /desk/consultations/new":  {"representative", "moderator"}, // organisations ask only where the city lets them
	"POST /desk/consultations/new": {"representative", "moderator"},

	"GET /desk/forming/of/{kind}/{body}/new":  {"councils.secretary"}, // of another body
	"POST /desk/forming/of/{kind}/{body}/new": {"councils.secretary"},
}

// The strongest acts. Before one of them people must prove who they are, unless they did so
// lately.
var provenFirst = []string{
	"GET /account/delete",
	"GET /account/download",
	"POST /account/delete",
	"POST /account/email",
	"POST /account/passkeys",
	"POST /account/passkeys/remove",
	"POST /account/password",
	"POST /administration/jobs/clock",
	"POST /credentials/key",
	"POST /credentials/{id}/correct",
	"POST /credentials/{id}/revoke",
	"POST /desk/people/invitations",
	"POST /desk/people/invitations/{id}/withdraw",
	"POST /desk/people/{id}/grant",
	"POST /desk/people/{id}/revoke",
	"POST /desk/people/{id}/sign-out",
	"POST /record/key",
	"POST /administration/moderation/new",
	"POST /administration/moderation/{rule}",
	"POST /settings/rules/{key}",
}

// What only administrators may send but which needs no new proof, with the reason.
var notSoStrong = map[string]string{
	"POST /administration/jobs/{id}/discard": "the work it drops is listed, and made again by its cause",
	"POST /administration/jobs/{id}/retry":   "it does what was to be done anyway",
	"POST /desk/appeals/channels":            "names addresses of other sites, which everybody sees, under the changer's name",
	"POST /desk/councils/new":                "adds to the list, with a public act and under the adder's name",
	"POST /desk/people":                      "finds somebody",
	"POST /laws/enter":                       "adds to a list, with a public act and under the adder's name",
	"POST /organisations/milestones":         "text on one page, and taken away again",
	"POST /organisations/milestones/remove":  "text on one page, and written again",
	"POST /settings/bodies":                  "adds to the register, with a public act and under the adder's name",
	"POST /settings/city":                    "words and languages, changed back as easily",
	"POST /settings/days/file":               "fills a form and keeps nothing",
	"POST /settings/days":                    "moves deadlines in public, and is changed back as easily",
	"POST /settings/outlines":                "shapes on maps, replaced as easily",
	"POST /settings/districts":               "names, changed back as easily",
	"POST /settings/finish":                  "takes the list of first steps away",
}

func TestRoleByRoute(t *testing.T) {
	each(t, func(t *testing.T, a *citytest.City) {
		cookies := signInEveryRole(t, a)
		declared := map[string]bool{}
		for _, rt := range a.Routes() {
			declared[rt.Method+" "+rt.Pattern] = true
		}
		delete(declared, "GET /assets/{name}")
		for audience, routes := range matrix {
			for _, route := range routes {
				if !declared[route] {
					t.Errorf("the matrix lists %s, which is no route", route)
				}
				delete(declared, route)
				for role, cookie := range cookies {
					if role != "visitor" && strings.HasSuffix(route, "/sign-out") { // it would end the role's session
						continue
					}
					may := among(role, audience) && !slices.Contains(narrower[route], role)
					for _, body := range []string{encoded, multipart} { // in every encoding
						if body == multipart && strings.HasPrefix(route, "GET ") {
							continue
						}
						status := answer(a, route, cookie, body).Code
						refused := status == 401 || status == 403
						if may == refused && route != "GET /metrics" {
							t.Errorf("%s as %s: %d, but it is for %s", route, role, status, audience)
						}
						if status >= 500 && route != "GET /record/key" && route != "GET /record/key.txt" && route != "GET /checkpoint" {
							t.Errorf("%s as %s, sent as %s: %d", route, role, body, status)
						}
					}
				}
			}
		}
		for _, route := range slices.Sorted(maps.Keys(declared)) {
			t.Errorf("%s is not in the matrix", route)
		}
	})
}

// In a session without a recent proof, the strongest acts ask for a proof, and no others do.
// They ask only those who may do the act, and refuse everybody else as usual.
func TestTheStrongestActsAskForProof(t *testing.T) {
	each(t, func(t *testing.T, a *citytest.City) {
		cookies := signInEveryRole(t, a)
		a.Pass(time.Duration(a.Settings.Value("identity.fresh_minutes")) * time.Minute)
		audienceOf := map[string]string{}
		for audience, routes := range matrix {
			for _, route := range routes {
				audienceOf[route] = audience
			}
		}
		weaker := maps.Clone(notSoStrong)
		for _, rt := range a.Routes() {
			route := rt.Method + " " + rt.Pattern
			if marked := slices.Contains(provenFirst, route); marked != rt.Fresh {
				t.Errorf("%s: marked %v, in the list %v", route, rt.Fresh, marked)
			}
			if audienceOf[route] == "administrators" && rt.Method == "POST" && !rt.Fresh {
				if notSoStrong[route] == "" {
					t.Errorf("%s: administrators may send it without proof, and no reason is given", route)
				}
				delete(weaker, route)
			}
			if !rt.Fresh {
				continue
			}
			for role, cookie := range cookies {
				w := answer(a, route, cookie, multipart)
				asked := w.Code == 403 && strings.Contains(w.Body.String(), "Show that it is you")
				if may := among(role, audienceOf[route]); asked != may {
					t.Errorf("%s as %s: %d, asked for proof: %v", route, role, w.Code, asked)
				}
			}
		}
		for route := range weaker {
			t.Errorf("the table lists %s in vain", route)
		}
	})
}

// Every request that anybody can make ends, refused or not, even on one connection and while
// settings change. On PostgreSQL such requests once held all connections for ever, each waiting
// for one more.
func TestRequestsAtOnceNeverWaitForEachOther(t *testing.T) {
	each(t, func(t *testing.T, a *citytest.City) {
		cookies := signInEveryRole(t, a)
		boss := civic.Actor{Account: "boss", Assurance: civic.EmailConfirmed, Grants: []civic.Grant{{Role: civic.Administrator}}}
		var wg sync.WaitGroup
		for i := range 40 {
			wg.Go(func() {
				if i%10 == 0 {
					if err := a.Settings.Describe(t.Context(), boss, civic.Text{"kk": fmt.Sprint("Қала ", i), "en": fmt.Sprint("City ", i)}, []civic.Lang{"kk", "en"}); err != nil {
						t.Error(err)
					}
				}
				for route, want := range map[string]int{"POST /desk/consultations/new": 403, "GET /sign-up": 200, "GET /account": 200, "GET /{$}": 200} {
					if status := call(a, route, cookies["moderator"]); status != want && !(route == "GET /sign-up" && status == 303) {
						t.Errorf("%s: %d, want %d", route, status, want)
					}
				}
			})
		}
		wg.Wait()
		if status := call(a, "GET /readyz", ""); status != 200 {
			t.Errorf("afterwards the database is not ready: %d", status)
		}
	})
}

// call asks for a route about something that does not exist.
func call(a *citytest.City, route, cookie string) int { return answer(a, route, cookie, encoded).Code }

// How a form is sent.
const (
	encoded   = "application/x-www-form-urlencoded"
	multipart = "multipart/form-data; boundary=x"
)

// nobodyKnows is the ID of no thing.
const nobodyKnows civic.ID = "06goltna01ugh7d7l8j82fgn7c"

// blank is what is left of a pattern when the well-known blanks are filled.
var blank = regexp.MustCompile(`\{\w+\}`)

// answer is how a route answers an empty form.
func answer(a *citytest.City, route, cookie, sent string) *httptest.ResponseRecorder {
	method, pattern, _ := strings.Cut(route, " ")
	path := strings.NewReplacer("{$}", "", "{token}", civic.Token(), "{no}", "1", "{year}", "2025", "{key}", "city.none", "{format}", "csv", "{path...}", "none").Replace(pattern)
	path = blank.ReplaceAllString(path, string(nobodyKnows))
	for _, rt := range a.Routes() {
		if rt.Method == method && rt.Pattern == pattern && !rt.Plain {
			path = "/en" + path
		}
	}
	r := httptest.NewRequest(method, "http://city.test"+path, strings.NewReader(map[string]string{multipart: "--x--\r\n"}[sent]))
	r.Header.Set("Content-Type", sent)
	if cookie != "" {
		r.Header.Set("Cookie", "birge_session="+cookie)
	}
	w := httptest.NewRecorder()
	a.Handler().ServeHTTP(w, r)
	return w
}

// signInEveryRole makes an account of each role, and returns the cookies of their sessions; the
// visitor's is empty. A part's own role goes by its full name. It is held for the thing that all
// addresses name and nobody knows, so that its holder passes the door of a route and no further.
func signInEveryRole(t *testing.T, c *citytest.City) map[string]string {
	t.Helper()
	body := c.Body("Басқарма")
	cookies := map[string]string{"visitor": "", "administrator": c.Administrator().Cookie, "resident": c.Resident("").Cookie, "moderator": c.Moderator().Cookie,
		"officer": c.Officer(body).Cookie, "representative": c.Representative(body).Cookie}
	for _, r := range c.Declared.Roles().Given() {
		if strings.Contains(string(r.Name), ".") {
			g := civic.Grant{Role: r.Name}
			if r.Scope != "" {
				g.Scope = civic.Ref{Kind: r.Scope, ID: nobodyKnows}
			}
			cookies[string(r.Name)] = c.With(c.Resident(""), g).Cookie
		}
	}
	return cookies
}
