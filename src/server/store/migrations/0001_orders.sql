-- One SQL for SQLite and PostgreSQL: TEXT and BIGINT only. Times are milliseconds of Unix time.

CREATE TABLE secrets (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL
);

-- The unit of "exactly once" is (organisation, order reference).
CREATE TABLE orders (
    id TEXT PRIMARY KEY,
    payment_id TEXT NOT NULL UNIQUE,
    org TEXT NOT NULL,
    reference TEXT NOT NULL,
    currency TEXT NOT NULL,
    amount BIGINT NOT NULL,
    capture TEXT NOT NULL,
    gateway TEXT NOT NULL,
    lines TEXT NOT NULL,
    -- open, authorised or paid; never backwards
    settled TEXT NOT NULL,
    -- the attempt that paid, or ''
    winner TEXT NOT NULL,
    -- the attempt id handed out for the next payment
    next_attempt TEXT NOT NULL,
    -- counts the locks taken, so that taking one is a write
    locks BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    UNIQUE (org, reference)
);

CREATE TABLE sessions (
    id TEXT PRIMARY KEY,
    order_id TEXT NOT NULL REFERENCES orders (id),
    org TEXT NOT NULL,
    mode TEXT NOT NULL,
    success_url TEXT NOT NULL,
    cancel_url TEXT NOT NULL,
    language TEXT NOT NULL,
    parent_origins TEXT NOT NULL,
    cancelled BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX sessions_of_order ON sessions (order_id);

CREATE TABLE session_origins (
    session_id TEXT NOT NULL REFERENCES sessions (id),
    org TEXT NOT NULL,
    origin TEXT NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (session_id, origin)
);
CREATE INDEX origins_of_org ON session_origins (org, origin, expires_at);

-- POST /checkout: what a key was used for and what was answered.
CREATE TABLE checkout_calls (
    org TEXT NOT NULL,
    idempotency_key TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    answer TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (org, idempotency_key)
);

CREATE TABLE claims (
    org TEXT NOT NULL,
    jti TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    PRIMARY KEY (org, jti)
);

CREATE TABLE attempts (
    order_id TEXT NOT NULL REFERENCES orders (id),
    id TEXT NOT NULL,
    org TEXT NOT NULL,
    session_id TEXT NOT NULL,
    seq BIGINT NOT NULL,
    -- hash of what the call asked for
    fingerprint TEXT NOT NULL,
    -- the single-use card token, '' as soon as the outcome is known or the token is spent
    token TEXT NOT NULL,
    currency TEXT NOT NULL,
    amount BIGINT NOT NULL,
    capture TEXT NOT NULL,
    -- how the payment is found at the gateway
    reference TEXT NOT NULL UNIQUE,
    gateway_key TEXT NOT NULL UNIQUE,
    return_url TEXT NOT NULL,
    phase TEXT NOT NULL,
    -- 1 while it may still pay and was not abandoned
    is_open BIGINT NOT NULL,
    abandoned BIGINT NOT NULL,
    returned BIGINT NOT NULL,
    gateway_payment_id TEXT NOT NULL,
    gateway_state TEXT NOT NULL,
    response_code TEXT NOT NULL,
    redirect_url TEXT NOT NULL,
    failure TEXT NOT NULL,
    req_id TEXT NOT NULL,
    access_token TEXT NOT NULL,
    resume_token TEXT NOT NULL UNIQUE,
    asks BIGINT NOT NULL,
    asked_at BIGINT NOT NULL,
    next_ask_at BIGINT NOT NULL,
    -- when a search for the payment first came up empty, 0 before
    quiet_since BIGINT NOT NULL DEFAULT 0,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (order_id, id)
);
CREATE UNIQUE INDEX one_open_attempt ON attempts (order_id) WHERE is_open = 1;
CREATE INDEX attempts_due ON attempts (next_ask_at)
    WHERE phase IN ('creating', 'action', 'processing', 'unknown', 'undoing');

-- Attempt ids handed out for terms that the shop has changed since: a page that still shows
-- the old amount must not pay the new one.
CREATE TABLE stale_attempts (
    order_id TEXT NOT NULL REFERENCES orders (id),
    id TEXT NOT NULL,
    PRIMARY KEY (order_id, id)
);

-- A token belongs to the order that used it first.
CREATE TABLE tokens (
    org TEXT NOT NULL,
    hash TEXT NOT NULL,
    order_id TEXT NOT NULL,
    locks BIGINT NOT NULL,
    PRIMARY KEY (org, hash)
);

-- Gateway calls with a token; replays are none.
CREATE TABLE charges (
    org TEXT NOT NULL,
    hash TEXT NOT NULL,
    attempt TEXT NOT NULL,
    charged_at BIGINT NOT NULL
);
CREATE INDEX charges_of_token ON charges (org, hash, charged_at);
