#include "store/opportunity.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <chrono>
#include <cstdio>
#include <ctime>

#include "inspect/json_lines.hpp"
#include "primitives/hex.hpp"
#include "types/json_reader.hpp"

namespace osprey::store {

namespace {

constexpr uint64_t microseconds_per_second = 1'000'000;

/// Two's complement, from decimal digits with a sign.
bool parse_signed(std::string_view text, u256& out) {
    const bool negative = text.starts_with('-');
    if (negative) text.remove_prefix(1);
    if (!parse_u256(text, out)) return false;
    if (negative) out = -out;
    return true;
}

/// Reads members of one event into cells. The first failure sticks.
class EventReader {
public:
    explicit EventReader(JsonElement event) : o_(event) {}

    EventReader& text(std::string_view name, Cell& out) {
        std::optional<std::string> value;
        o_.optional(name, value);
        out = std::move(value);
        return *this;
    }
    EventReader& number(std::string_view name, Cell& out) { return write(name, out, value(name)); }
    u256 value(std::string_view name) {
        u256 value;
        if (o_.find(name)) o_.integer(name, value);
        return value;
    }
    EventReader& signed_number(std::string_view name, Cell& out) {
        const u256 v = signed_value(name);
        out = inspect::signed_decimal(v);
        return *this;
    }
    u256 signed_value(std::string_view name) {
        std::string text = "0";
        o_.optional(name, text);
        u256 value;
        if (!parse_signed(text, value)) o_.refuse(name, "expected a decimal integer");
        return value;
    }
    EventReader& flag(std::string_view name, Cell& out) {
        bool value = false;
        o_.required(name, value);
        out = value ? "1" : "0";
        return *this;
    }
    JsonStatus end() { return o_.end(); }

private:
    EventReader& write(std::string_view name, Cell& out, const u256& value) {
        out = o_.find(name) ? Cell{to_string(value)} : Cell{};
        return *this;
    }
    JsonObject o_;
};

/// What stands of an opportunity's outcomes.
class Account {
public:
    void add(const Cell& in_block, const u256& profit, const u256& gas_cost, const u256& net) {
        standing_.push_back({in_block, profit, gas_cost, net});
    }
    /// All that stood in that block: of a chain's blocks with one number only one is valid at a time.
    void take_back(const Cell& in_block) {
        std::erase_if(standing_, [&](const Outcome& o) { return o.in_block == in_block; });
    }
    void write(Opportunity& out) const {
        u256 profit, gas_cost, net;
        for (const Outcome& o : standing_) {
            profit += o.profit;
            gas_cost += o.gas_cost;
            net += o.net;
        }
        out.profit = to_string(profit);
        out.gas_cost = to_string(gas_cost);
        out.net = inspect::signed_decimal(net);
    }

private:
    struct Outcome {
        Cell in_block;
        u256 profit, gas_cost, net;  ///< net in two's complement
    };
    std::vector<Outcome> standing_;
};

bool is_zero_address(const Cell& address) {
    return !address || address->find_first_not_of('0', 2) == std::string::npos;
}

void read_outcome(EventReader& in, const LiveEvent& event, Opportunity& out, Account& account) {
    in.text("kind", out.outcome).number("in_block", out.in_block).text("reason", out.outcome_reason);
    out.outcome_at = time_text(event.received_at);
    Cell token;
    in.text("token", token);
    if (!out.profit_token && !is_zero_address(token)) out.profit_token = token;
    if (out.outcome == "unwound")
        account.take_back(out.in_block);
    else
        account.add(out.in_block, in.value("profit"), in.value("gas_cost"), in.signed_value("net"));
    account.write(out);
}

JsonStatus read_event(const LiveEvent& event, Opportunity& out, Account& account) {
    const auto document = JsonDocument::parse(event.json);
    if (!document) return json_fail(document.error().message);
    EventReader in{document->root()};
    if (event.event == "found") {
        in.text("strategy", out.strategy).text("follows", out.follows).text("profit_token", out.profit_token);
        in.number("profit", out.expected_profit).number("value", out.expected_value).number("gas", out.expected_gas);
        in.number("gas_cost", out.expected_gas_cost).signed_number("net", out.expected_net);
    } else if (event.event == "verdict") {
        in.flag("accepted", out.accepted).text("reason", out.reason);
    } else if (event.event == "sent") {
        in.text("tx", out.tx).number("nonce", out.nonce).number("for_block", out.for_block);
    } else if (event.event == "outcome") {
        read_outcome(in, event, out, account);
    }
    return in.end();
}

}  // namespace

std::string time_text(uint64_t microseconds) {
    const auto seconds = static_cast<std::time_t>(microseconds / microseconds_per_second);
    return fmt::format("{:%Y-%m-%d %H:%M:%S}.{:06}", fmt::gmtime(seconds), microseconds % microseconds_per_second);
}

uint64_t microseconds_of(const std::string& time_text) {
    namespace c = std::chrono;
    int year = 0;
    unsigned month = 0, day = 0, hours = 0, minutes = 0, seconds = 0, micros = 0;
    if (std::sscanf(time_text.c_str(), "%4d-%2u-%2u %2u:%2u:%2u.%6u", &year, &month, &day, &hours, &minutes, &seconds,
                    &micros) != 7)
        return 0;
    const c::sys_days date = c::year{year} / c::month{month} / c::day{day};
    const auto time = date + c::hours{hours} + c::minutes{minutes} + c::seconds{seconds} + c::microseconds{micros};
    return static_cast<uint64_t>(c::duration_cast<c::microseconds>(time.time_since_epoch()).count());
}

std::span<const OpportunityField> opportunity_fields() {
    using O = Opportunity;
    using enum OpportunityField::Kind;
    static constexpr OpportunityField fields[] = {
        {"run", &O::run, integer},
        {"chain_id", &O::chain_id, integer},
        {"id", &O::id},
        {"first_at", &O::first_at, time},
        {"block", &O::block, integer},
        {"hash", &O::hash},
        {"strategy", &O::strategy},
        {"follows", &O::follows},
        {"profit_token", &O::profit_token},
        {"expected_profit", &O::expected_profit},
        {"expected_value", &O::expected_value},
        {"expected_gas", &O::expected_gas, integer},
        {"expected_gas_cost", &O::expected_gas_cost},
        {"expected_net", &O::expected_net},
        {"accepted", &O::accepted, boolean},
        {"reason", &O::reason},
        {"tx", &O::tx},
        {"nonce", &O::nonce, integer},
        {"for_block", &O::for_block, integer},
        {"outcome", &O::outcome},
        {"outcome_at", &O::outcome_at, time},
        {"in_block", &O::in_block, integer},
        {"outcome_reason", &O::outcome_reason},
        {"profit", &O::profit},
        {"gas_cost", &O::gas_cost},
        {"net", &O::net},
    };
    return fields;
}

Result<LiveEvent> read_live_event(uint64_t run, uint64_t received_at, std::string json) {
    const auto document = JsonDocument::parse(json);
    if (!document) return std::unexpected(document.error());
    LiveEvent event{.run = run, .received_at = received_at, .hash = {}, .event = {}, .id = {}, .json = {}};
    JsonObject o{document->root()};
    // The columns' integers end at 2^63 - 1.
    o.number("seq", event.sequence, INT64_MAX).number("chain", event.chain_id, INT64_MAX);
    o.number("block", event.block, INT64_MAX);
    Hash hash;
    std::optional<Hash> id;
    o.required("hash", hash).required("event", event.event).optional("id", id);
    if (auto done = o.end(); !done) return std::unexpected(done.error().to_error());
    event.hash = to_hex(hash);
    if (id) event.id = to_hex(*id);
    event.json = std::move(json);
    Opportunity unused;
    Account account;
    if (auto done = read_event(event, unused, account); !done) return std::unexpected(done.error().to_error());
    return event;
}

Result<Opportunity> opportunity_of(std::span<const LiveEvent> events) {
    Opportunity out;
    Account account;
    const LiveEvent& first = events.front();
    out.run = std::to_string(first.run);
    out.chain_id = std::to_string(first.chain_id);
    out.id = first.id;
    out.first_at = time_text(first.received_at);
    out.block = std::to_string(first.block);
    out.hash = first.hash;
    for (const LiveEvent& event : events)
        if (auto done = read_event(event, out, account); !done)
            return std::unexpected(done.error().to_error().in(
                fmt::format("event {} of chain {} in run {}", event.sequence, event.chain_id, event.run)));
    return out;
}

}  // namespace osprey::store
