-- One year's people's budget. plan, areas, categories, prices, rules and changes are JSON: data that is published as one file, hashed into the record. opens_at,
-- vote_from, vote_at (the first instant behind the vote) and over_at are the plan's days as instants, for lists; window_at is until when people vote anew after a project was frozen.
CREATE TABLE budgeting_campaign (
    no         BIGINT PRIMARY KEY,
    id         TEXT NOT NULL UNIQUE,
    state      TEXT NOT NULL,
    year       BIGINT NOT NULL,
    body       TEXT NOT NULL,
    title      TEXT NOT NULL,
    about      TEXT NOT NULL,
    plan       TEXT NOT NULL,
    areas      TEXT NOT NULL,
    categories TEXT NOT NULL,
    prices     TEXT NOT NULL,
    rules      TEXT NOT NULL,
    changes    TEXT NOT NULL,
    opens_at   BIGINT NOT NULL,
    vote_from  BIGINT NOT NULL,
    vote_at    BIGINT NOT NULL,
    over_at    BIGINT NOT NULL,
    made_at    BIGINT NOT NULL,
    opened_at  BIGINT NOT NULL DEFAULT 0,
    changed_at BIGINT NOT NULL,
    window_at  BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX budgeting_campaign_list ON budgeting_campaign (opens_at, no) WHERE state <> 'draft';

-- One idea. author is an account, '' of a paper one and once they have left; origin is by which another system knows it, '' of one that is from here; into is the proposal into which it was merged.
CREATE TABLE budgeting_proposal (
    no            BIGINT PRIMARY KEY,
    id            TEXT NOT NULL UNIQUE,
    campaign      TEXT NOT NULL,
    number        BIGINT NOT NULL,
    area          TEXT NOT NULL,
    category      TEXT NOT NULL,
    state         TEXT NOT NULL,
    lang          TEXT NOT NULL,
    title         TEXT NOT NULL,
    what          TEXT NOT NULL,
    why           TEXT NOT NULL,
    district      TEXT NOT NULL,
    address       TEXT NOT NULL,
    land          TEXT NOT NULL,
    point         TEXT NOT NULL,
    estimate      TEXT NOT NULL,
    author        TEXT NOT NULL,
    signed        TEXT NOT NULL,
    paper         BOOLEAN NOT NULL,
    paper_support BIGINT NOT NULL,
    replies       TEXT NOT NULL,
    cost          BIGINT NOT NULL,
    merged_into   TEXT NOT NULL DEFAULT '',
    cause         TEXT NOT NULL DEFAULT '',
    text_state    TEXT NOT NULL,
    rule          TEXT NOT NULL DEFAULT '',
    reason        TEXT NOT NULL DEFAULT '',
    decided_at    BIGINT NOT NULL DEFAULT 0,
    filed_at      BIGINT NOT NULL,
    changed_at    BIGINT NOT NULL,
    origin        TEXT NOT NULL DEFAULT '',
    UNIQUE (campaign, number)
);
CREATE UNIQUE INDEX budgeting_proposal_origin ON budgeting_proposal (campaign, origin) WHERE origin <> '';
CREATE INDEX budgeting_proposal_list ON budgeting_proposal (campaign, filed_at, no);
CREATE INDEX budgeting_proposal_area ON budgeting_proposal (campaign, area, filed_at, no);
CREATE INDEX budgeting_proposal_state ON budgeting_proposal (campaign, state, filed_at, no);
CREATE INDEX budgeting_proposal_latest ON budgeting_proposal (campaign, text_state, changed_at, no);
CREATE INDEX budgeting_proposal_author ON budgeting_proposal (author, no) WHERE author <> '';
CREATE INDEX budgeting_proposal_moderate ON budgeting_proposal (text_state, changed_at, no);
CREATE INDEX budgeting_proposal_changed ON budgeting_proposal (changed_at, no);

-- Who else wrote a proposal: the authors of those that were merged into it, as they want to be called.
CREATE TABLE budgeting_coauthor (
    proposal BIGINT NOT NULL,
    no       BIGINT NOT NULL,
    origin   TEXT NOT NULL,
    account  TEXT NOT NULL,
    signed   TEXT NOT NULL,
    PRIMARY KEY (proposal, no)
);
CREATE INDEX budgeting_coauthor_account ON budgeting_coauthor (account) WHERE account <> '';

-- Who wants a proposal.
CREATE TABLE budgeting_support (
    proposal BIGINT NOT NULL,
    account  TEXT NOT NULL,
    at       BIGINT NOT NULL,
    PRIMARY KEY (proposal, account)
);
CREATE INDEX budgeting_support_account ON budgeting_support (account);

-- The wish of an author to merge their proposal into another, until its author says yes or no.
CREATE TABLE budgeting_merge (
    proposal BIGINT PRIMARY KEY,
    target   BIGINT NOT NULL,
    words    TEXT NOT NULL,
    at       BIGINT NOT NULL
);
CREATE INDEX budgeting_merge_target ON budgeting_merge (target);

-- What one body has to say of a proposal in one round. opinion is JSON, '' until it is given; nobody outside reads it before the council has signed.
CREATE TABLE budgeting_check (
    no          BIGINT PRIMARY KEY,
    id          TEXT NOT NULL UNIQUE,
    proposal    TEXT NOT NULL,
    round       BIGINT NOT NULL,
    body        TEXT NOT NULL,
    obligation  TEXT NOT NULL,
    assigned_at BIGINT NOT NULL,
    given_at    BIGINT NOT NULL DEFAULT 0,
    opinion     TEXT NOT NULL DEFAULT '{}',
    UNIQUE (proposal, round, body)
);
CREATE INDEX budgeting_check_body ON budgeting_check (body, given_at, no);

-- What the expert council signed.
CREATE TABLE budgeting_verdict (
    proposal  TEXT NOT NULL,
    round     BIGINT NOT NULL,
    outcome   TEXT NOT NULL,
    cost      BIGINT NOT NULL,
    reason    TEXT NOT NULL,
    points    TEXT NOT NULL,
    answers   TEXT NOT NULL,
    signers   TEXT NOT NULL,
    protocol  TEXT NOT NULL,
    signed_at BIGINT NOT NULL,
    PRIMARY KEY (proposal, round)
);

-- The result of one part of a campaign. pb is the published file, told the explanation in each language, JSON, '{}' until it is made.
CREATE TABLE budgeting_count (
    campaign   TEXT NOT NULL,
    area       TEXT NOT NULL,
    voters     BIGINT NOT NULL,
    spent      BIGINT NOT NULL,
    winners    TEXT NOT NULL,
    pb         TEXT NOT NULL,
    pb_hash    TEXT NOT NULL,
    told       TEXT NOT NULL DEFAULT '{}',
    counted_at BIGINT NOT NULL,
    PRIMARY KEY (campaign, area)
);
CREATE INDEX budgeting_campaign_vote ON budgeting_campaign (vote_at) WHERE state = 'published';

-- One part of a budget that was voted on before the city had this program; everybody sees it from published_at on. pb is the published file, told the explanation in each language.
CREATE TABLE budgeting_past (
    no           BIGINT PRIMARY KEY,
    id           TEXT NOT NULL UNIQUE,
    year         BIGINT NOT NULL,
    body         TEXT NOT NULL,
    title        TEXT NOT NULL,
    part         TEXT NOT NULL,
    rule         TEXT NOT NULL,
    command      TEXT NOT NULL,
    money        BIGINT NOT NULL,
    spent        BIGINT NOT NULL,
    voters       BIGINT NOT NULL,
    winners      TEXT NOT NULL,
    announced    BOOLEAN NOT NULL,
    agrees       BOOLEAN NOT NULL,
    pb           TEXT NOT NULL,
    pb_hash      TEXT NOT NULL,
    told         TEXT NOT NULL,
    made_at      BIGINT NOT NULL,
    published_at BIGINT NOT NULL DEFAULT 0,
    UNIQUE (body, pb_hash)
);
CREATE INDEX budgeting_past_list ON budgeting_past (year, no) WHERE published_at > 0;
