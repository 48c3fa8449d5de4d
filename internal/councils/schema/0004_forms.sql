-- What kinds of councils the city has. All have the same rules; a kind is a word.
CREATE TABLE councils_form (
    no   BIGINT PRIMARY KEY,
    code TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL
);
INSERT INTO councils_form (no, code, name) VALUES
    (1, 'public_council', '{"en":"Public council","kk":"Қоғамдық кеңес","ru":"Общественный совет"}'),
    (2, 'commission', '{"en":"Commission","kk":"Комиссия","ru":"Комиссия"}'),
    (3, 'working_group', '{"en":"Working group","kk":"Жұмыс тобы","ru":"Рабочая группа"}'),
    (4, 'panel', '{"en":"Citizens'' panel","kk":"Азаматтар алқасы","ru":"Гражданская коллегия"}');

-- The council of which another is a part, such as a commission; '' for none.
ALTER TABLE councils_council ADD COLUMN parent TEXT NOT NULL DEFAULT '';
CREATE INDEX councils_council_parent ON councils_council (parent, no) WHERE parent <> '';

-- How many reports of state bodies a council heard, kept whenever a meeting is closed.
ALTER TABLE councils_council ADD COLUMN reports BIGINT NOT NULL DEFAULT 0;
UPDATE councils_council SET reports = (SELECT COUNT(*) FROM meetings_meeting m JOIN meetings_item i ON i.meeting = m.id WHERE m.body = 'councils.council:' || councils_council.id AND m.state = 'closed'
    AND i.report AND i.state IN ('discussed', 'decided'));
