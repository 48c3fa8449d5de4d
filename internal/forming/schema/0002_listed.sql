-- The list of competitions is narrowed by how people are chosen, and by its state, the latest first.
CREATE INDEX forming_competition_method ON forming_competition (method, no);
CREATE INDEX forming_competition_listed ON forming_competition (state, no);
