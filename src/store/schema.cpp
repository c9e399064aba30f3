// What the tables are, version by version. docs/store.md explains them to their readers.

#include "store/migrations.hpp"

namespace osprey::store {

namespace {

// Tables of a finding have its key in front; rows of a block go and come as a whole, so that there is nothing for
// foreign keys to check. Amounts are numeric(78,0) in PostgreSQL: 78 digits hold -2^255 to 2^256-1. SQLite has no such
// type, and keeps them as decimal text. Hashes and addresses are lower-case hex text, as in the JSON lines.
constexpr std::string_view findings_postgres = R"(
CREATE TABLE inspected_blocks (
    chain_id     bigint NOT NULL,
    block        bigint NOT NULL,
    time         timestamptz,
    kinds        integer NOT NULL,
    note         text NOT NULL,
    inspected_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (chain_id, block)
);
CREATE TABLE finding_kinds (
    bit  integer PRIMARY KEY,
    kind text NOT NULL UNIQUE
);
INSERT INTO finding_kinds VALUES (1, 'swap'), (2, 'arbitrage'), (4, 'backrun'), (8, 'sandwich'), (16, 'jit'),
    (32, 'liquidation'), (64, 'failed'), (128, 'builder_payment'), (256, 'cex_dex'), (512, 'fill');
CREATE TABLE findings (
    chain_id    bigint NOT NULL,
    block       bigint NOT NULL,
    kind        text NOT NULL,
    number      integer NOT NULL,
    actor       text NOT NULL,
    profit_wei  numeric(78,0),
    cost_wei    numeric(78,0) NOT NULL,
    builder_wei numeric(78,0) NOT NULL,
    confidence  double precision NOT NULL,
    json        jsonb NOT NULL,
    PRIMARY KEY (chain_id, block, kind, number)
);
CREATE INDEX findings_by_actor ON findings (actor, chain_id, block);
CREATE INDEX findings_by_kind ON findings (kind, chain_id, block);
CREATE TABLE finding_txs (
    chain_id bigint NOT NULL,
    block    bigint NOT NULL,
    kind     text NOT NULL,
    number   integer NOT NULL,
    place    integer NOT NULL,
    tx       text NOT NULL,
    related  boolean NOT NULL,
    PRIMARY KEY (chain_id, block, kind, number, place)
);
CREATE INDEX finding_txs_by_tx ON finding_txs (tx);
CREATE TABLE finding_profits (
    chain_id bigint NOT NULL,
    block    bigint NOT NULL,
    kind     text NOT NULL,
    number   integer NOT NULL,
    place    integer NOT NULL,
    token    text NOT NULL,
    amount   numeric(78,0) NOT NULL,
    PRIMARY KEY (chain_id, block, kind, number, place)
);
CREATE INDEX finding_profits_by_token ON finding_profits (token);
CREATE TABLE finding_victims (
    chain_id bigint NOT NULL,
    block    bigint NOT NULL,
    kind     text NOT NULL,
    number   integer NOT NULL,
    place    integer NOT NULL,
    tx       text NOT NULL,
    sender   text NOT NULL,
    token    text,
    loss     numeric(78,0),
    PRIMARY KEY (chain_id, block, kind, number, place)
);
CREATE INDEX finding_victims_by_sender ON finding_victims (sender);
CREATE TABLE finding_reasons (
    chain_id bigint NOT NULL,
    block    bigint NOT NULL,
    kind     text NOT NULL,
    number   integer NOT NULL,
    place    integer NOT NULL,
    reason   text NOT NULL,
    PRIMARY KEY (chain_id, block, kind, number, place)
);
)";

constexpr std::string_view findings_sqlite = R"(
CREATE TABLE inspected_blocks (
    chain_id     INTEGER NOT NULL,
    block        INTEGER NOT NULL,
    time         TEXT,
    kinds        INTEGER NOT NULL,
    note         TEXT NOT NULL,
    inspected_at TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP,
    PRIMARY KEY (chain_id, block)
) STRICT, WITHOUT ROWID;
CREATE TABLE finding_kinds (
    bit  INTEGER PRIMARY KEY,
    kind TEXT NOT NULL UNIQUE
) STRICT;
INSERT INTO finding_kinds VALUES (1, 'swap'), (2, 'arbitrage'), (4, 'backrun'), (8, 'sandwich'), (16, 'jit'),
    (32, 'liquidation'), (64, 'failed'), (128, 'builder_payment'), (256, 'cex_dex'), (512, 'fill');
CREATE TABLE findings (
    chain_id    INTEGER NOT NULL,
    block       INTEGER NOT NULL,
    kind        TEXT NOT NULL,
    number      INTEGER NOT NULL,
    actor       TEXT NOT NULL,
    profit_wei  TEXT,
    cost_wei    TEXT NOT NULL,
    builder_wei TEXT NOT NULL,
    confidence  REAL NOT NULL,
    json        TEXT NOT NULL,
    PRIMARY KEY (chain_id, block, kind, number)
) STRICT;
CREATE INDEX findings_by_actor ON findings (actor, chain_id, block);
CREATE INDEX findings_by_kind ON findings (kind, chain_id, block);
CREATE TABLE finding_txs (
    chain_id INTEGER NOT NULL,
    block    INTEGER NOT NULL,
    kind     TEXT NOT NULL,
    number   INTEGER NOT NULL,
    place    INTEGER NOT NULL,
    tx       TEXT NOT NULL,
    related  INTEGER NOT NULL,
    PRIMARY KEY (chain_id, block, kind, number, place)
) STRICT, WITHOUT ROWID;
CREATE INDEX finding_txs_by_tx ON finding_txs (tx);
CREATE TABLE finding_profits (
    chain_id INTEGER NOT NULL,
    block    INTEGER NOT NULL,
    kind     TEXT NOT NULL,
    number   INTEGER NOT NULL,
    place    INTEGER NOT NULL,
    token    TEXT NOT NULL,
    amount   TEXT NOT NULL,
    PRIMARY KEY (chain_id, block, kind, number, place)
) STRICT, WITHOUT ROWID;
CREATE INDEX finding_profits_by_token ON finding_profits (token);
CREATE TABLE finding_victims (
    chain_id INTEGER NOT NULL,
    block    INTEGER NOT NULL,
    kind     TEXT NOT NULL,
    number   INTEGER NOT NULL,
    place    INTEGER NOT NULL,
    tx       TEXT NOT NULL,
    sender   TEXT NOT NULL,
    token    TEXT,
    loss     TEXT,
    PRIMARY KEY (chain_id, block, kind, number, place)
) STRICT, WITHOUT ROWID;
CREATE INDEX finding_victims_by_sender ON finding_victims (sender);
CREATE TABLE finding_reasons (
    chain_id INTEGER NOT NULL,
    block    INTEGER NOT NULL,
    kind     TEXT NOT NULL,
    number   INTEGER NOT NULL,
    place    INTEGER NOT NULL,
    reason   TEXT NOT NULL,
    PRIMARY KEY (chain_id, block, kind, number, place)
) STRICT, WITHOUT ROWID;
)";

constexpr Migration migrations[] = {
    {"findings of inspected blocks", findings_postgres, findings_sqlite},
};

}  // namespace

std::span<const Migration> schema() { return migrations; }

}  // namespace osprey::store
