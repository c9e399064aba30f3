// geth's own vectors for its tracers, and what must hold of any trace.

#include <gtest/gtest.h>
#include <simdjson.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <string>

#include "evm/block.hpp"
#include "evm/tracers/call_tracer.hpp"
#include "evm/tracers/parity_tracer.hpp"
#include "evm/tracers/prestate_tracer.hpp"
#include "primitives/hex.hpp"
#include "primitives/keccak.hpp"
#include "state/memory_state.hpp"

namespace osprey::evm {
namespace {

namespace fs = std::filesystem;
namespace dom = simdjson::dom;

const fs::path data_folder = fs::path{OSPREY_SOURCE_DIR} / "tests/evm/data/tracers";

std::optional<std::string_view> text(dom::element e, std::string_view key) {
    std::string_view s;
    if (e[key].get(s) != simdjson::SUCCESS) return std::nullopt;
    return s;
}

/// A number as the vectors have it: hex or decimal text, or a JSON number.
std::optional<u256> number(dom::element e, std::string_view key) {
    dom::element v;
    // Go reads names in any case, and one vector has IstanbulBlock.
    if (e.at_key_case_insensitive(key).get(v) != simdjson::SUCCESS || v.is_null()) return std::nullopt;
    if (uint64_t n = 0; v.get(n) == simdjson::SUCCESS) return u256{n};
    const std::string_view s = v.get_string().value();
    if (s.starts_with("0x")) return parse_quantity(s).value();
    u256 n;
    for (const char c : s) n = n * u256{10} + u256{static_cast<uint64_t>(c - '0')};
    return n;
}

bool flag(dom::element e, std::string_view key) {
    bool value = false;
    return e["tracerConfig"][key].get(value) == simdjson::SUCCESS && value;
}

/// JSON as values, so that the order of members does not matter.
struct Json {
    std::map<std::string, Json> members;
    std::vector<Json> items;
    std::string scalar;

    bool operator==(const Json&) const = default;

    static Json of(dom::element e) {
        Json j;
        if (dom::object o; e.get(o) == simdjson::SUCCESS) {
            for (const auto& [key, value] : o) j.members.emplace(key, of(value));
        } else if (dom::array a; e.get(a) == simdjson::SUCCESS) {
            for (const auto item : a) j.items.push_back(of(item));
        } else if (std::string_view s; e.get(s) == simdjson::SUCCESS) {
            j.scalar = s;
        } else {
            j.scalar = simdjson::minify(e);
        }
        return j;
    }
    static Json of(std::string_view json) {
        dom::parser parser;
        return of(parser.parse(json).value());
    }
};

/// The first thing in which the two differ; empty when nothing does.
std::string difference(const Json& ours, const Json& theirs, const std::string& at = {}) {
    if (ours.scalar != theirs.scalar) return at + ": " + ours.scalar + ", geth has " + theirs.scalar;
    for (const auto& [key, value] : ours.members) {
        const auto other = theirs.members.find(key);
        if (other == theirs.members.end()) return at + "." + key + ": geth has none";
        if (auto d = difference(value, other->second, at + "." + key); !d.empty()) return d;
    }
    for (const auto& [key, value] : theirs.members)
        if (!ours.members.contains(key)) return at + "." + key + ": only geth has it";
    if (ours.items.size() != theirs.items.size())
        return at + ": " + std::to_string(ours.items.size()) + " items, geth has " +
               std::to_string(theirs.items.size());
    for (size_t i = 0; i < ours.items.size(); ++i)
        if (auto d = difference(ours.items[i], theirs.items[i], at + "[" + std::to_string(i) + "]"); !d.empty())
            return d;
    return {};
}

/// One file: a state, a block's environment, a transaction and what a tracer makes of it.
class Vector {
public:
    explicit Vector(const fs::path& file) : root_(parser_.load(file.string()).value()) {
        const dom::element genesis = root_["genesis"].value(), context = root_["context"].value();
        for (const auto& [address, account] : dom::object{genesis["alloc"].value()}) {
            const Address a = parse_address(address).value();
            state::AccountInfo info;
            info.balance = number(account, "balance").value_or(u256{});
            info.nonce = number(account, "nonce").value_or(u256{}).w[0];
            state_.set_account(a, info);
            if (const auto code = text(account, "code"); code && code->size() > 2)
                state_.set_code(a, parse_hex(*code).value());
            dom::object storage;
            if (account["storage"].get(storage) == simdjson::SUCCESS)
                for (const auto& [key, value] : storage)
                    state_.set_storage(a, to_u256(parse_hash(key).value()),
                                       to_u256(parse_hash(value.get_string().value()).value()));
        }
        const dom::element config = genesis["config"].value();
        block_.chain_id = number(config, "chainId")->w[0];
        block_.number = number(context, "number")->w[0];
        block_.timestamp = number(context, "timestamp")->w[0];
        block_.gas_limit = number(context, "gasLimit")->w[0];
        block_.coinbase = parse_address(*text(context, "miner")).value();
        block_.difficulty = number(context, "difficulty").value_or(u256{});
        block_.fork = fork_of(config);
        if (block_.fork >= Fork::london) block_.base_fee = number(context, "baseFeePerGas").value_or(u256{});
        block_.blobs = {3, 6, 3338477};
        if (block_.fork >= Fork::cancun) block_.blob_base_fee = u256{1};
        tx_ = decode_transaction(parse_hex(*text(root_, "input")).value()).value();
        EXPECT_TRUE(recover_senders(tx_, block_.fork >= Fork::homestead));
    }

    dom::element root() const { return root_; }
    const Transaction& transaction() const { return tx_; }
    uint64_t block_number() const { return block_.number; }

    TransactResult run(Tracer& tracer) {
        state::Overlay overlay{state_};
        Machine machine;
        machine.set_tracer(&tracer);
        auto result = machine.transact(overlay, block_, tx_);
        EXPECT_TRUE(result) << result.error().message;
        return result ? std::move(*result) : TransactResult{};
    }

private:
    Fork fork_of(dom::element config) const {
        struct Row {
            std::string_view key;
            Fork fork;
            bool by_time;
        };
        constexpr Row rows[] = {
            {"homesteadBlock", Fork::homestead, false},
            {"eip150Block", Fork::tangerine_whistle, false},
            {"eip158Block", Fork::spurious_dragon, false},
            {"byzantiumBlock", Fork::byzantium, false},
            {"constantinopleBlock", Fork::constantinople, false},
            {"petersburgBlock", Fork::petersburg, false},
            {"istanbulBlock", Fork::istanbul, false},
            {"berlinBlock", Fork::berlin, false},
            {"londonBlock", Fork::london, false},
            {"shanghaiTime", Fork::shanghai, true},
            {"cancunTime", Fork::cancun, true},
            {"pragueTime", Fork::prague, true},
            {"osakaTime", Fork::osaka, true},
        };
        Fork fork = Fork::frontier;
        for (const Row& row : rows)
            if (const auto at = number(config, row.key);
                at && *at <= u256{row.by_time ? block_.timestamp : block_.number})
                fork = row.fork;
        return fork;
    }

    dom::parser parser_;
    dom::element root_;
    state::MemoryState state_;
    BlockEnv block_;
    Transaction tx_;
};

std::vector<fs::path> files_in(std::initializer_list<std::string_view> folders) {
    std::vector<fs::path> files;
    for (const auto folder : folders)
        for (const auto& entry : fs::directory_iterator(data_folder / folder)) files.push_back(entry.path());
    std::ranges::sort(files);
    return files;
}

std::string name_of_test(const testing::TestParamInfo<fs::path>& info) {
    std::string name = info.param.parent_path().filename().string() + "_" + info.param.stem().string();
    std::ranges::replace_if(name, [](unsigned char c) { return std::isalnum(c) == 0; }, '_');
    return name;
}

/// Older vectors do not number their logs.
void number_logs(Json& frame) {
    if (const auto logs = frame.members.find("logs"); logs != frame.members.end())
        for (Json& log : logs->second.items) log.members.try_emplace("index", Json{{}, {}, "0x0"});
    if (const auto calls = frame.members.find("calls"); calls != frame.members.end())
        for (Json& call : calls->second.items) number_logs(call);
}

class CallTracerVectors : public testing::TestWithParam<fs::path> {};

TEST_P(CallTracerVectors, AreReproduced) {
    Vector vector{GetParam()};
    CallTracer tracer{
        {.with_logs = flag(vector.root(), "withLog"), .only_top_call = flag(vector.root(), "onlyTopCall")}};
    vector.run(tracer);
    JsonWriter out;
    write_json(out, tracer);
    Json expected = Json::of(vector.root()["result"].value());
    number_logs(expected);
    EXPECT_EQ(difference(Json::of(out.view()), expected), "");
}

INSTANTIATE_TEST_SUITE_P(Geth, CallTracerVectors, testing::ValuesIn(files_in({"call_tracer", "call_tracer_withLog"})),
                         name_of_test);

class PrestateVectors : public testing::TestWithParam<fs::path> {};

TEST_P(PrestateVectors, AreReproduced) {
    Vector vector{GetParam()};
    PrestateTracer tracer{{.diff_mode = flag(vector.root(), "diffMode"),
                           .disable_code = flag(vector.root(), "disableCode"),
                           .disable_storage = flag(vector.root(), "disableStorage"),
                           .include_empty = flag(vector.root(), "includeEmpty")}};
    vector.run(tracer);
    JsonWriter out;
    write_json(out, tracer);
    EXPECT_EQ(difference(Json::of(out.view()), Json::of(vector.root()["result"].value())), "");
}

INSTANTIATE_TEST_SUITE_P(Geth, PrestateVectors,
                         testing::ValuesIn(files_in({"prestate_tracer", "prestate_tracer_with_diff_mode"})),
                         name_of_test);

/// geth's flat item, beside ours, brought to Parity's form.
Json as_parity(Json item, const Json& ours) {
    static const std::map<std::string, std::string> words = {
        {"out of gas", "Out of gas"},
        {"out of gas: not enough gas for reentrancy sentry", "Out of gas"},
        {"contract creation code storage out of gas", "Out of gas"},
        {"invalid jump destination", "Bad jump destination"},
        {"execution reverted", "Reverted"},
        {"invalid opcode: INVALID", "Bad instruction"},
    };
    auto& members = item.members;
    if (const auto error = members.find("error"); error != members.end()) {
        if (const auto word = words.find(error->second.scalar); word != words.end())
            error->second.scalar = word->second;
        members.erase("result");
    } else if (!members.contains("result")) {
        members["result"].scalar = "null";
    }
    auto& action = members["action"].members;
    if (members["type"].scalar == "call")
        for (const auto* key : {"author", "address", "balance", "refundAddress"}) action.erase(key);
    // The vectors were made without their block, so not all of them know where they stand or how a contract came to be.
    for (const auto* key : {"blockHash", "blockNumber", "transactionHash", "transactionPosition"})
        members[key] = ours.members.at(key);
    const auto& our_action = ours.members.at("action").members;
    if (const auto method = our_action.find("creationMethod"); method != our_action.end())
        action["creationMethod"] = method->second;
    if (members["traceAddress"].items.empty()) {
        action["gas"] = our_action.at("gas");
        if (const auto result = members.find("result"); result != members.end())
            result->second.members["gasUsed"] = ours.members.at("result").members.at("gasUsed");
    }
    return item;
}

/// A call that geth lists and Parity does not: one that never began, or of a precompile without value.
bool only_in_geth(const Json& item) {
    const auto& m = item.members;
    if (m.at("traceAddress").items.empty()) return false;
    if (const auto error = m.find("error");
        error != m.end() && error->second.scalar.starts_with("insufficient balance"))
        return true;
    const auto& action = m.at("action").members;
    const auto to = action.find("to");
    return to != action.end() && to->second.scalar <= "0x0000000000000000000000000000000000000009" &&
           action.at("value").scalar == "0x0";
}

/// Without those, and the others numbered anew.
std::vector<Json> parity_items(const Json& geth) {
    using Place = std::vector<std::string>;
    std::vector<Json> kept;
    std::map<Place, size_t> at;  // by geth's place
    for (const Json& item : geth.items) {
        if (only_in_geth(item)) continue;
        Place place;
        for (const Json& n : item.members.at("traceAddress").items) place.push_back(n.scalar);
        at[place] = kept.size();
        Json& mine = kept.emplace_back(item);
        mine.members["subtraces"].scalar = "0";
        if (place.empty()) continue;
        place.pop_back();
        Json& parent = kept[at.at(place)];
        std::string& count = parent.members["subtraces"].scalar;
        auto& address = mine.members["traceAddress"].items;
        address = parent.members["traceAddress"].items;
        address.push_back({{}, {}, count});
        count = std::to_string(std::stoul(count) + 1);
    }
    return kept;
}

class FlatVectors : public testing::TestWithParam<fs::path> {};

TEST_P(FlatVectors, AreParityTracesButForWhatGethDoesOtherwise) {
    Vector vector{GetParam()};
    ParityTracer tracer;
    vector.run(tracer);
    JsonWriter out;
    write_json(out, tracer, {{}, vector.block_number(), vector.transaction().hash, 0});
    const Json ours = Json::of(out.view()), theirs = Json::of(vector.root()["result"].value());
    Json expected;
    expected.items = parity_items(theirs);
    ASSERT_EQ(ours.items.size(), expected.items.size());
    for (size_t i = 0; i < ours.items.size(); ++i)
        expected.items[i] = as_parity(std::move(expected.items[i]), ours.items[i]);
    EXPECT_EQ(difference(ours, expected), "");
}

INSTANTIATE_TEST_SUITE_P(Geth, FlatVectors, testing::ValuesIn(files_in({"call_tracer_flat"})), name_of_test);

}  // namespace
}  // namespace osprey::evm
