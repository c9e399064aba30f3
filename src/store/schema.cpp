// What the tables are, version by version. docs/store.md explains them to their readers.

#include "store/migrations.hpp"

namespace osprey::store {

namespace {

// Tables of a finding have its key in front; rows of a block go and come as a whole, so that there is nothing for
// foreign keys to check. Amounts are numeric(78,0) in PostgreSQL: 78 digits hold -2^255 to 2^256-1. SQLite has no such
// type, and keeps them as decimal text. Hashes and addresses are lower-case hex text, as in the JSON lines.
constexpr std::string_view findings = R"(
CREATE TABLE inspected_blocks (
    chain_id     {bigint} NOT NULL,
    block        {bigint} NOT NULL,
    time         {time},
    kinds        integer NOT NULL,
    note         text NOT NULL,
    inspected_at {time} NOT NULL DEFAULT CURRENT_TIMESTAMP,
    PRIMARY KEY (chain_id, block)
) {by_key};
CREATE TABLE finding_kinds (
    bit  integer PRIMARY KEY,
    kind text NOT NULL UNIQUE
) {strict};
INSERT INTO finding_kinds VALUES (1, 'swap'), (2, 'arbitrage'), (4, 'backrun'), (8, 'sandwich'), (16, 'jit'),
    (32, 'liquidation'), (64, 'failed'), (128, 'builder_payment'), (256, 'cex_dex'), (512, 'fill');
CREATE TABLE findings (
    chain_id    {bigint} NOT NULL,
    block       {bigint} NOT NULL,
    kind        text NOT NULL,
    number      integer NOT NULL,
    actor       text NOT NULL,
    profit_wei  {amount},
    cost_wei    {amount} NOT NULL,
    builder_wei {amount} NOT NULL,
    confidence  {double} NOT NULL,
    json        {json} NOT NULL,
    PRIMARY KEY (chain_id, block, kind, number)
) {strict};
CREATE INDEX findings_by_actor ON findings (actor, chain_id, block);
CREATE INDEX findings_by_kind ON findings (kind, chain_id, block);
CREATE TABLE finding_txs (
    chain_id {bigint} NOT NULL,
    block    {bigint} NOT NULL,
    kind     text NOT NULL,
    number   integer NOT NULL,
    place    integer NOT NULL,
    tx       text NOT NULL,
    related  {boolean} NOT NULL,
    PRIMARY KEY (chain_id, block, kind, number, place)
) {by_key};
CREATE INDEX finding_txs_by_tx ON finding_txs (tx);
CREATE TABLE finding_profits (
    chain_id {bigint} NOT NULL,
    block    {bigint} NOT NULL,
    kind     text NOT NULL,
    number   integer NOT NULL,
    place    integer NOT NULL,
    token    text NOT NULL,
    amount   {amount} NOT NULL,
    PRIMARY KEY (chain_id, block, kind, number, place)
) {by_key};
CREATE INDEX finding_profits_by_token ON finding_profits (token);
CREATE TABLE finding_victims (
    chain_id {bigint} NOT NULL,
    block    {bigint} NOT NULL,
    kind     text NOT NULL,
    number   integer NOT NULL,
    place    integer NOT NULL,
    tx       text NOT NULL,
    sender   text NOT NULL,
    token    text,
    loss     {amount},
    PRIMARY KEY (chain_id, block, kind, number, place)
) {by_key};
CREATE INDEX finding_victims_by_sender ON finding_victims (sender);
CREATE TABLE finding_reasons (
    chain_id {bigint} NOT NULL,
    block    {bigint} NOT NULL,
    kind     text NOT NULL,
    number   integer NOT NULL,
    place    integer NOT NULL,
    reason   text NOT NULL,
    PRIMARY KEY (chain_id, block, kind, number, place)
) {by_key};
)";

// What the live engine tells. The rows of opportunities are made of the events, in the same transaction.
constexpr std::string_view live = R"(
CREATE TABLE live_runs (
    run        {bigint} PRIMARY KEY,
    command    text NOT NULL,
    mode       text NOT NULL,
    started_at {time} NOT NULL,
    ended_at   {time},
    lost       {bigint} NOT NULL DEFAULT 0
) {strict};
CREATE TABLE live_events (
    run         {bigint} NOT NULL,
    chain_id    {bigint} NOT NULL,
    seq         {bigint} NOT NULL,
    received_at {time} NOT NULL,
    block       {bigint} NOT NULL,
    hash        text NOT NULL,
    event       text NOT NULL,
    id          text,
    json        {verbatim_json} NOT NULL,
    PRIMARY KEY (run, chain_id, seq)
) {strict};
CREATE INDEX live_events_by_id ON live_events (id, run, chain_id, seq) WHERE id IS NOT NULL;
CREATE TABLE opportunities (
    run               {bigint} NOT NULL,
    chain_id          {bigint} NOT NULL,
    id                text NOT NULL,
    first_at          {time} NOT NULL,
    block             {bigint} NOT NULL,
    hash              text NOT NULL,
    strategy          text,
    follows           text,
    profit_token      text,
    expected_profit   {amount},
    expected_value    {amount},
    expected_gas      {bigint},
    expected_gas_cost {amount},
    expected_net      {amount},
    accepted          {boolean},
    reason            text,
    tx                text,
    nonce             {bigint},
    for_block         {bigint},
    outcome           text,
    outcome_at        {time},
    in_block          {bigint},
    outcome_reason    text,
    profit            {amount},
    gas_cost          {amount},
    net               {amount},
    PRIMARY KEY (run, chain_id, id)
) {strict};
CREATE INDEX opportunities_by_id ON opportunities (id);
CREATE INDEX opportunities_by_time ON opportunities (first_at);
CREATE INDEX opportunities_by_outcome ON opportunities (outcome, first_at);
)";

constexpr Migration migrations[] = {
    {"findings of inspected blocks", findings},
    {"events of the live engine", live},
};

}  // namespace

std::span<const Migration> schema() { return migrations; }

}  // namespace osprey::store
