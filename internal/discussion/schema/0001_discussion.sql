-- A thing under which people comment. What is counted comes from the comments: see the fold.
CREATE TABLE discussion_thread (
    no         BIGINT PRIMARY KEY,
    thing      TEXT NOT NULL UNIQUE,         -- a reference
    body       TEXT NOT NULL,                -- the reference of who answers there first; '' when nobody does
    comments   BIGINT NOT NULL DEFAULT 0,    -- that are shown, with replies
    unanswered BIGINT NOT NULL DEFAULT 0,    -- questions to which nobody has replied officially
    last_at    BIGINT NOT NULL DEFAULT 0,     -- when the last of them was shown
    -- What the thing is about, as of the last comment: a district, a theme; '' for the whole city, and for none in particular.
    district TEXT NOT NULL DEFAULT '',
    theme TEXT NOT NULL DEFAULT ''
);
CREATE INDEX discussion_thread_last ON discussion_thread (last_at, no) WHERE comments > 0;
CREATE INDEX discussion_thread_body ON discussion_thread (body) WHERE unanswered > 0;

-- Somebody in one thread. no is what the page calls them, 0 while they have written nothing. Whoever
-- erased their account stays as nobody's voice.
CREATE TABLE discussion_voice (
    id      TEXT PRIMARY KEY,
    thread  BIGINT NOT NULL,
    account TEXT NOT NULL,
    no      BIGINT NOT NULL DEFAULT 0,
    side    TEXT NOT NULL DEFAULT ''         -- for, against, neither; '' while they have not said
);
CREATE UNIQUE INDEX discussion_voice_one ON discussion_voice (thread, account) WHERE account <> '';
CREATE INDEX discussion_voice_account ON discussion_voice (account) WHERE account <> '';
CREATE INDEX discussion_voice_thread ON discussion_voice (thread, no);

-- A comment, or a reply to one. useful, of_both and bridge are folded from discussion_useful.
CREATE TABLE discussion_comment (
    no         BIGINT PRIMARY KEY,
    id         TEXT NOT NULL UNIQUE,
    thread     BIGINT NOT NULL,
    parent     BIGINT NOT NULL DEFAULT 0,    -- the number of the comment that this replies to
    voice      TEXT NOT NULL,
    stance     TEXT NOT NULL DEFAULT '',     -- '' for a reply
    official   TEXT NOT NULL DEFAULT '',     -- the reference of the body for which it speaks
    role       TEXT NOT NULL DEFAULT '',     -- in which it was said
    post       TEXT NOT NULL DEFAULT '',     -- who speaks for the body
    words      TEXT NOT NULL,                -- JSON, by language; what a body says is there in two
    state      TEXT NOT NULL,
    rule       TEXT NOT NULL DEFAULT '',
    reason     TEXT NOT NULL DEFAULT '',
    said_at    BIGINT NOT NULL,
    shown_at   BIGINT NOT NULL DEFAULT 0,    -- of one that is held: when it will be
    edited_at  BIGINT NOT NULL DEFAULT 0,
    decided_at BIGINT NOT NULL DEFAULT 0,
    decided_by TEXT NOT NULL DEFAULT '',
    replies    BIGINT NOT NULL DEFAULT 0,
    useful     BIGINT NOT NULL DEFAULT 0,
    of_both    BOOLEAN NOT NULL DEFAULT FALSE,
    bridge     BIGINT NOT NULL DEFAULT 1
);
-- The lists of pages, newest first and by what both sides find useful, whole and of one stance. What nobody
-- else sees yet is in none of them.
CREATE INDEX discussion_comment_newest ON discussion_comment (thread, parent, no) WHERE state IN ('shown', 'removed', 'taken_back');
CREATE INDEX discussion_comment_useful ON discussion_comment (thread, parent, bridge, no) WHERE state IN ('shown', 'removed', 'taken_back');
CREATE INDEX discussion_comment_stance ON discussion_comment (thread, stance, no) WHERE state IN ('shown', 'removed', 'taken_back');
CREATE INDEX discussion_comment_stance_useful ON discussion_comment (thread, stance, bridge, no) WHERE state IN ('shown', 'removed', 'taken_back');
CREATE INDEX discussion_comment_voice ON discussion_comment (voice, no);
CREATE INDEX discussion_comment_queue ON discussion_comment (said_at, no) WHERE decided_at = 0 AND state IN ('waiting', 'shown');
CREATE INDEX discussion_comment_queue_thread ON discussion_comment (thread, said_at, no) WHERE decided_at = 0 AND state IN ('waiting', 'shown');
CREATE INDEX discussion_comment_held ON discussion_comment (shown_at, no) WHERE state = 'held';

-- What stood in a comment before it was edited, when others had seen it.
CREATE TABLE discussion_version (
    comment BIGINT NOT NULL,
    until   BIGINT NOT NULL,
    words   TEXT NOT NULL,
    PRIMARY KEY (comment, until)
);

-- Who finds what useful.
CREATE TABLE discussion_useful (
    comment BIGINT NOT NULL,
    voice   TEXT NOT NULL,
    at      BIGINT NOT NULL,
    PRIMARY KEY (comment, voice)
);
CREATE INDEX discussion_useful_voice ON discussion_useful (voice);

-- What has changed since the last fold: one row for each change, so that people never wait for each other to count.
CREATE TABLE discussion_change (
    id      TEXT PRIMARY KEY,
    thread  BIGINT NOT NULL,
    comment BIGINT NOT NULL                  -- 0: all of the thread
);
CREATE INDEX discussion_thread_district ON discussion_thread (district, last_at, no) WHERE comments > 0 AND district <> '';
CREATE INDEX discussion_thread_theme ON discussion_thread (theme, last_at, no) WHERE comments > 0 AND theme <> '';
CREATE INDEX discussion_thread_unanswered ON discussion_thread (last_at, no) WHERE comments > 0 AND unanswered > 0;
