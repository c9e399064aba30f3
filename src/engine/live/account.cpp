#include "engine/live/account.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>

#include "chain/compressed_file.hpp"
#include "primitives/hex.hpp"

namespace osprey::engine {

namespace {

namespace fs = std::filesystem;

/// Written beside it and put in its place: a kill in between leaves the old one.
Result<void> replace_file(const fs::path& file, std::string_view text) {
    const fs::path next = file.string() + ".new";
    {
        std::ofstream out{next, std::ios::binary | std::ios::trunc};
        out << text;
        out.flush();
        if (!out) return fail(next.string() + ": cannot be written");
    }
    std::error_code error;
    fs::rename(next, file, error);
    if (error) return fail(file.string() + ": " + error.message());
    return {};
}

}  // namespace

JsonStatus read_json(JsonElement e, SentRecord::Version& out) {
    Bytes raw;
    JsonObject object{e};
    object.required("tx", raw).required("withdraws", out.withdraws);
    if (JsonStatus read = object.end(); !read) return read;
    auto tx = decode_transaction(raw);
    if (!tx) return json_fail("tx: " + tx.error().message);
    out.tx = std::move(*tx);
    if (const auto done = recover_senders(out.tx); !done) return json_fail("tx: " + done.error().message);
    return {};
}

JsonStatus read_json(JsonElement e, SentRecord& out) {
    JsonObject object{e};
    object.required("id", out.id)
        .number("chain_id", out.chain_id)
        .number("for_block", out.for_block)
        .required("profit_token", out.profit_token)
        .integer("profit", out.profit)
        .integer("value_wei", out.value)
        .required("versions", out.versions);
    return object.end();
}

void write_json(JsonWriter& out, const SentRecord& record) {
    out.begin_object()
        .member("id", record.id)
        .member("chain_id", record.chain_id)
        .member("for_block", record.for_block);
    out.member("profit_token", record.profit_token).key("profit").decimal(record.profit);
    out.key("value_wei").decimal(record.value).key("versions").begin_array();
    for (const SentRecord::Version& each : record.versions)
        out.begin_object().member("tx", BytesView{encode(each.tx)}).member("withdraws", each.withdraws).end_object();
    out.end_array().end_object();
}

std::string to_json(const risk::BookState& book, std::span<const SentRecord> sent) {
    JsonWriter w;
    w.begin_object().key("sent").begin_array();
    for (const SentRecord& each : sent) write_json(w, each);
    w.end_array().key("book").raw(risk::to_json(book)).end_object();
    return std::move(w).take();
}

Result<KeptAccount> parse_account(std::string_view json) {
    const auto document = JsonDocument::parse(json);
    if (!document) return std::unexpected(document.error());
    KeptAccount out;
    JsonObject object{document->root()};
    object.required("sent", out.sent);
    const auto book = object.find("book");
    if (const JsonStatus read = object.end(); !read) return std::unexpected(read.error().to_error());
    if (!book) return fail("book: missing");
    auto state = risk::parse_book_state(simdjson::minify(*book));
    if (!state) return std::unexpected(std::move(state).error().in("book"));
    out.book = std::move(*state);
    for (const SentRecord& each : out.sent)
        if (std::ranges::none_of(out.book.in_flight, [&](const risk::InFlight& flight) {
                return flight.id == each.id && flight.chain_id == each.chain_id;
            }))
            return fail(fmt::format("{} was sent, but is not in flight", to_hex(each.id)));
    return out;
}

Result<std::unique_ptr<BookAccount>> BookAccount::open(risk::Book book, fs::path file) {
    auto account = std::make_unique<BookAccount>(std::move(book));
    account->file_ = std::move(file);
    if (!fs::exists(account->file_)) return account;
    const auto in_file = [&](Error error) { return std::unexpected(std::move(error).in(account->file_.string())); };
    const auto text = chain::read_file(account->file_);
    if (!text) return in_file(text.error());
    auto kept = parse_account(*text);
    if (!kept) return in_file(std::move(kept).error());
    if (auto done = account->book_.restore(std::move(kept->book)); !done) return in_file(std::move(done).error());
    account->sent_ = std::move(kept->sent);
    // What was reserved and not written down as sent was not handed out.
    std::vector<Hash> never;
    for (const risk::InFlight& flight : account->book_.state().in_flight)
        if (std::ranges::find(account->sent_, flight.id, &SentRecord::id) == account->sent_.end())
            never.push_back(flight.id);
    for (const Hash& id : never)
        static_cast<void>(account->book_.settled(id, risk::Outcome::never_landed(), account->book_.state().time));
    return account;
}

Result<void> BookAccount::keep() {
    if (file_.empty() || !trouble_) return trouble_;
    trouble_ = replace_file(file_, to_json(book_.state(), sent_));
    return trouble_;
}

risk::Verdict BookAccount::judge(const risk::Proposal& proposal, uint64_t time) {
    const std::scoped_lock lock{mutex_};
    return book_.judge(proposal, latest(time));
}

risk::Verdict BookAccount::reserve(const risk::Proposal& proposal, uint64_t time) {
    const std::scoped_lock lock{mutex_};
    return book_.reserve(proposal, latest(time));
}

Result<void> BookAccount::sent(const SentRecord& record) {
    const std::scoped_lock lock{mutex_};
    const auto at = std::ranges::find(sent_, record.id, &SentRecord::id);
    if (at == sent_.end())
        sent_.push_back(record);
    else
        *at = record;
    return keep();
}

std::optional<risk::Settlement> BookAccount::settled(const Hash& id, const risk::Outcome& outcome, uint64_t time) {
    const std::scoped_lock lock{mutex_};
    auto done = book_.settled(id, outcome, latest(time));
    if (!done) book_.kill(done.error().message);
    const bool was_sent = std::erase_if(sent_, [&](const SentRecord& each) { return each.id == id; }) != 0;
    if (was_sent || !done) static_cast<void>(keep());
    if (!done) return {};
    return std::move(*done);
}

void BookAccount::reopened(const risk::Settlement& settlement, const SentRecord& record) {
    const std::scoped_lock lock{mutex_};
    if (const auto done = book_.reopen(settlement); !done)
        book_.kill(done.error().message);
    else
        sent_.push_back(record);
    static_cast<void>(keep());
}

std::vector<SentRecord> BookAccount::sent_before(uint64_t chain_id) {
    const std::scoped_lock lock{mutex_};
    std::vector<SentRecord> of_chain;
    for (const SentRecord& each : sent_)
        if (each.chain_id == chain_id) of_chain.push_back(each);
    return of_chain;
}

risk::Status BookAccount::status() const {
    const std::scoped_lock lock{mutex_};
    return book_.status(book_.state().time);
}

Result<void> BookAccount::trouble() const {
    const std::scoped_lock lock{mutex_};
    return trouble_;
}

}  // namespace osprey::engine
