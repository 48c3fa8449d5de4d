-- What a moderator has taken, and until when: nobody else decides on it meanwhile.
CREATE TABLE moderation_claim (
    thing   TEXT PRIMARY KEY, -- a reference
    account TEXT NOT NULL,
    until   BIGINT NOT NULL
);
CREATE INDEX moderation_claim_account ON moderation_claim (account);

-- The rule book. A version never changes; the newest of each rule is the one in force, or says that
-- the rule is not any more. Versions with made_at 0 are those with which every city begins.
CREATE TABLE moderation_rule (
    name     TEXT NOT NULL,
    version  BIGINT NOT NULL,
    about    TEXT NOT NULL, -- what it may remove: words, votes, entries
    title    TEXT NOT NULL,
    text     TEXT NOT NULL,
    in_force BOOLEAN NOT NULL,
    made_at  BIGINT NOT NULL DEFAULT 0,
    made_by  TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (name, version)
);

INSERT INTO moderation_rule (name, version, about, title, text, in_force) VALUES
('insult', 1, 'words', '{"kk":"Қорлау немесе тіл тигізу","ru":"Оскорбление","en":"Insult"}', '{"kk":"Адамды немесе адамдар тобын кемсітетін сөз. Шешімді немесе жұмысты сынау – қорлау емес.","ru":"Слова, унижающие человека или группу людей. Критика решения или работы – не оскорбление.","en":"Words that degrade a person or a group. Criticising a decision or somebody’s work is no insult."}', TRUE),
('hatred', 1, 'words', '{"kk":"Өшпенділікке шақыру","ru":"Разжигание ненависти","en":"Hatred"}', '{"kk":"Ұлты, тілі, діні, жынысы, денсаулығы немесе тегі үшін адамдарға қарсы айдап салу.","ru":"Призывы против людей из-за национальности, языка, веры, пола, здоровья или происхождения.","en":"Calls against people for their nationality, language, faith, sex, health or origin."}', TRUE),
('personal_data', 1, 'words', '{"kk":"Біреудің жеке деректері","ru":"Чужие личные данные","en":"Somebody’s personal data"}', '{"kk":"Адамның келісімінсіз оның телефоны, мекенжайы, құжаты немесе денсаулығы туралы мәлімет.","ru":"Телефон, адрес, документы или сведения о здоровье человека без его согласия.","en":"Somebody’s telephone number, address, papers or health, without their consent."}', TRUE),
('off_topic', 1, 'words', '{"kk":"Сұраққа қатысы жоқ","ru":"Не по теме вопроса","en":"Off topic"}', '{"kk":"Қойылған сұраққа жауап бермейді. Келіспеу – тақырыптан тыс емес.","ru":"Не отвечает на заданный вопрос. Несогласие – не уход от темы.","en":"It does not answer the question that was asked. To disagree is not off topic."}', TRUE),
('duplicate', 1, 'words', '{"kk":"Дәл осындай пікір бар","ru":"Повторяет другое мнение","en":"Repeats another statement"}', '{"kk":"Дәл сол ой бұрын айтылған; себепте оның нөмірі көрсетіледі.","ru":"То же самое уже сказано; в причине стоит номер того мнения.","en":"The same was said before; the reason names its number."}', TRUE),
('several_ideas', 1, 'words', '{"kk":"Бірнеше ой қатар айтылған","ru":"Несколько мыслей в одном","en":"Several ideas in one"}', '{"kk":"Бір дауыспен жауап беруге болмайды: әр ойды бөлек жазу керек.","ru":"На такое нельзя ответить одним голосом: каждую мысль нужно написать отдельно.","en":"One vote cannot answer it: each idea has to be written by itself."}', TRUE),
('advertising', 1, 'words', '{"kk":"Жарнама","ru":"Реклама","en":"Advertising"}', '{"kk":"Тауарды, қызметті немесе партияны ұсыну, сайтқа шақыру.","ru":"Предложение товара, услуги или партии, зазывание на сайт.","en":"It offers goods, a service or a party, or calls people to a site."}', TRUE),
('unlawful', 1, 'words', '{"kk":"Заңға қайшы","ru":"Нарушает закон","en":"Against the law"}', '{"kk":"Заң таратуға тыйым салған сөз; себепте сол заң аталады.","ru":"То, что закон запрещает распространять; в причине называется этот закон.","en":"What a law forbids to spread; the reason names the law."}', TRUE),
('coordinated', 1, 'votes', '{"kk":"Күмәнді дауыстар","ru":"Подозрительные голоса","en":"Suspicious votes"}', '{"kk":"Қысқа уақытта көп тіркелгі дәл бірдей дауыс берген; олар пікір картасына кірмейді, бірақ нәтижеде қалады.","ru":"Много учётных записей за короткое время проголосовали одинаково; их нет на карте мнений, но они остаются в результатах.","en":"Many accounts voted alike within a short time; they are left out of the opinion map and stay in the results."}', TRUE),
('register', 1, 'entries', '{"kk":"Тізілім ережесі: көпшілікке арналмаған немесе қате жазба","ru":"Правило реестра: запись не для публикации или ошибочна","en":"Rule of the register: the entry is wrong or not for the public"}', '{"kk":"Ұйым туралы жазба қате, қайталанған немесе жариялауға болмайды.","ru":"Запись об организации ошибочна, повторяется или не предназначена для всех.","en":"The entry about an organisation is wrong, double, or not for everybody."}', TRUE);

-- What was decided for everybody to see: each removal, and each return of what was removed. The
-- thing's owner keeps its reason; the act in the record is the owner's too.
CREATE TABLE moderation_decision (
    no         BIGINT PRIMARY KEY,
    at         BIGINT NOT NULL,
    thing      TEXT NOT NULL, -- a reference
    outcome    TEXT NOT NULL,
    rule       TEXT NOT NULL, -- name and version: insult.1
    name       TEXT NOT NULL, -- of the rule, for the log by rule
    month      TEXT NOT NULL, -- 2026-11, in the city's zone
    decided_by TEXT NOT NULL
);
CREATE INDEX moderation_decision_thing ON moderation_decision (thing, no);
CREATE INDEX moderation_decision_rule ON moderation_decision (name, no);
CREATE INDEX moderation_decision_month ON moderation_decision (month, no);

-- An author asks once for another decision on a removal.
CREATE TABLE moderation_contest (
    decision   BIGINT PRIMARY KEY, -- the removal
    thing      TEXT NOT NULL,
    asked_at   BIGINT NOT NULL,
    words      TEXT NOT NULL,      -- why, for moderators only, until it is decided
    account    TEXT NOT NULL,      -- the author's, to be told; '' where there is none
    path       TEXT NOT NULL,      -- where the author finds what became of it
    due        BIGINT NOT NULL,    -- when it matters no more; the end of days when it always will
    first      TEXT NOT NULL,      -- who removed it and so does not decide
    state      TEXT NOT NULL,
    answer     TEXT NOT NULL DEFAULT '',
    decided_at BIGINT NOT NULL DEFAULT 0,
    decided_by TEXT NOT NULL DEFAULT ''
);
CREATE INDEX moderation_contest_waiting ON moderation_contest (due, decision) WHERE state = 'waiting';
CREATE INDEX moderation_contest_thing ON moderation_contest (thing, asked_at);
CREATE INDEX moderation_contest_account ON moderation_contest (account) WHERE account <> '';

-- How many of what in each month by each rule, so that the log does not count itself at each look.
CREATE TABLE moderation_tally (
    month     TEXT NOT NULL,
    name      TEXT NOT NULL,
    removed   BIGINT NOT NULL DEFAULT 0,
    restored  BIGINT NOT NULL DEFAULT 0,
    contested BIGINT NOT NULL DEFAULT 0,
    upheld    BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (month, name)
);

-- When a moderator was last told that something waits.
CREATE TABLE moderation_told (
    account TEXT PRIMARY KEY,
    at      BIGINT NOT NULL
);

-- What citizens' initiatives are not about. The law of petitions excludes seventeen topics; these seven are those that are known by
-- name, at second hand. A city adds the rest, and mends these, in its rule book.
INSERT INTO moderation_rule (name, version, about, title, text, in_force) VALUES
('topic_constitution', 1, 'topics', '{"kk":"Конституциялық құрылыс","ru":"Конституционный строй","en":"Constitutional order"}', '{"kk":"Конституциялық құрылысты өзгерту туралы.","ru":"Об изменении конституционного строя.","en":"On changing the constitutional order."}', TRUE),
('topic_borders', 1, 'topics', '{"kk":"Шекара және аумақ","ru":"Границы и территория","en":"Borders and territory"}', '{"kk":"Мемлекет шекарасы мен аумағының тұтастығы туралы.","ru":"О государственных границах и целостности территории.","en":"On the borders and the integrity of the territory."}', TRUE),
('topic_language', 1, 'topics', '{"kk":"Тіл мәртебесі","ru":"Статус языков","en":"Status of languages"}', '{"kk":"Мемлекеттік тілдің және басқа тілдердің мәртебесі туралы. Мекеменің сізге қай тілде жауап беруі бұған жатпайды.","ru":"О статусе государственного и других языков. На каком языке вам отвечает учреждение — сюда не относится.","en":"On the status of the state language and of others. In which language an office answers you is not meant."}', TRUE),
('topic_elections', 1, 'topics', '{"kk":"Сайлау","ru":"Выборы","en":"Elections"}', '{"kk":"Сайлау мен референдумды өткізу және олардың қорытындысы туралы.","ru":"О проведении и итогах выборов и референдумов.","en":"On how elections and referendums are held and what they came to."}', TRUE),
('topic_courts', 1, 'topics', '{"kk":"Сот ісі","ru":"Суды","en":"Courts"}', '{"kk":"Сот қарап жатқан іс пен сот шешімі туралы.","ru":"О делах, которые рассматривает суд, и о судебных решениях.","en":"On cases before a court, and on what courts decided."}', TRUE),
('topic_special_services', 1, 'topics', '{"kk":"Арнаулы қызметтер","ru":"Специальные службы","en":"Special services"}', '{"kk":"Ұлттық қауіпсіздік органдары мен арнаулы қызметтердің жұмысы туралы.","ru":"О работе органов национальной безопасности и специальных служб.","en":"On the work of national security and special services."}', TRUE),
('topic_state_secrets', 1, 'topics', '{"kk":"Мемлекеттік құпия","ru":"Государственные секреты","en":"State secrets"}', '{"kk":"Мемлекеттік құпияға жататын мәлімет туралы.","ru":"О сведениях, которые составляют государственные секреты.","en":"On what is a state secret."}', TRUE);
