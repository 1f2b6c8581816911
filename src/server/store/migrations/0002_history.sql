-- An order's life, one row a happening, never changed. `at` is microseconds of Unix time, and
-- grows from row to row within one server.
CREATE TABLE history (
    id TEXT PRIMARY KEY,
    order_id TEXT NOT NULL REFERENCES orders (id),
    at BIGINT NOT NULL,
    what TEXT NOT NULL,
    -- the attempt it is about, or ''
    attempt TEXT NOT NULL,
    -- the support code of the request it happened in, or ''
    req_id TEXT NOT NULL,
    -- a JSON object; never card data, tokens or secrets
    detail TEXT NOT NULL
);
CREATE INDEX history_of_order ON history (order_id, at);
