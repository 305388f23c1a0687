-- What was seen of a prompt, kept only where the settings ask for it, so that routers can learn from what became of it.
--
-- Beside the request and not in it: no report reads it, and it may be deleted earlier. `features` is in the program's own
-- binary form, `encoder` names the model that made the vectors in it, and `prompt` is NULL unless text is to be kept.
CREATE TABLE evidence (
    request_number INTEGER PRIMARY KEY,
    encoder TEXT,
    features BLOB NOT NULL,
    prompt TEXT
) STRICT;
