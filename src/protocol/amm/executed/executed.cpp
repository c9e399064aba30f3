#include "protocol/amm/executed/executed.hpp"

#include <algorithm>

#include "primitives/abi.hpp"
#include "primitives/keccak.hpp"
#include "primitives/real.hpp"
#include "protocol/amm/family.hpp"
#include "types/json_reader.hpp"
#include "types/json_writer.hpp"

namespace osprey::protocol::executed {

namespace {

constexpr uint64_t call_gas = 30'000'000;
constexpr uint64_t searched_positions = 64;
constexpr u256 most = (u256{1} << 112) - u256{1};

Address address_of(const u256& word) noexcept {
    uint8_t bytes[32];
    store_be32(bytes, word);
    Address address;
    std::copy(bytes + 12, bytes + 32, address.data());
    return address;
}
u256 word_of(const Address& address) noexcept { return load_be({address.data(), 20}); }

/// Who swaps: nobody has this key.
const Address trader = address_of(0x6b1e2f8a4c9d3075e6f1b2a8c4d9e0f3a5b7c6d1_u256);

u256 hashed(const u256& a, const u256& b) {
    uint8_t words[64];
    store_be32(words, a);
    store_be32(words + 32, b);
    return load_be32(keccak256(BytesView{words, 64}).data());
}

struct Execution {
    state::Overlay state;
    const evm::BlockEnv& block;
    evm::Machine& machine;

    evm::CallResult call(const Address& to, const Bytes& data, bool is_static) {
        auto result = machine.call(
            state, block,
            {.from = trader, .to = to, .value = {}, .data = data, .gas = call_gas, .is_static = is_static});
        state.end_transaction(true);
        return result;
    }
    std::optional<u256> balance(const Address& token) {
        if (token == Address{}) return state.account(trader).balance;
        const auto result = call(token, abi::call(abi::selector("balanceOf(address)"), {word_of(trader)}), true);
        if (result.status != evm::Status::success || result.output.size() != abi::word_size) return std::nullopt;
        return abi::word_at(result.output, 0);
    }
    /// Writes the trader's balance into the slot that balanceOf tells it from.
    bool fund(const Address& token, const u256& amount) {
        if (token == Address{}) {
            state::Account& account = state.account(trader);
            state.touch(account);
            state.set_balance(account, amount);
            return true;
        }
        // Not what a token would answer by chance.
        constexpr u256 sample = 0x0123456789abcdef01234567_u256;
        const u256 who = word_of(trader);
        for (uint64_t i = 0; i < searched_positions; ++i)
            for (const u256& key : {hashed(who, u256{i}), hashed(u256{i}, who)}) {
                state::Overlay::Savepoint savepoint{state};
                state::Account& account = state.account(token);
                state.set_slot(state.slot(account, key), sample);
                const bool found = balance(token) == sample;
                savepoint.rollback();
                if (!found) continue;
                state.set_slot(state.slot(state.account(token), key), amount);
                return true;
            }
        return false;
    }
};

}  // namespace

bool ExecutedPool::can_run(TokenIndex in, TokenIndex out) const noexcept {
    return in != out && in < tokens_.size() && out < tokens_.size() && ground_.base != nullptr &&
           ground_.machine != nullptr;
}

ExecutedPool::Run ExecutedPool::run(TokenIndex in, TokenIndex out, const u256& amount_in) const {
    if (!can_run(in, out)) return {Quote::unknown(), 0};
    if (recipe_->kind == Recipe::Kind::program) return run_program({in, out, true, amount_in});
    Execution execution{state::Overlay{*ground_.base}, ground_.block, *ground_.machine};
    const auto encode = [&](const Call& call) {
        Bytes data(4 + call.words.size() * abi::word_size);
        const uint32_t selector = __builtin_bswap32(call.selector);
        std::memcpy(data.data(), &selector, 4);
        for (size_t i = 0; i < call.words.size(); ++i) {
            const Word& word = call.words[i];
            u256 value = word.value;
            switch (word.kind) {
                case Word::Kind::constant:
                    break;
                case Word::Kind::amount:
                    value = amount_in;
                    break;
                case Word::Kind::token_in:
                    value = word_of(tokens_[in]);
                    break;
                case Word::Kind::token_out:
                    value = word_of(tokens_[out]);
                    break;
                case Word::Kind::index_in:
                    value = u256{in};
                    break;
                case Word::Kind::index_out:
                    value = u256{out};
                    break;
                case Word::Kind::trader:
                    value = word_of(trader);
                    break;
            }
            abi::put_word(data.data() + 4, i, value);
        }
        return data;
    };
    const auto answer = [&](const Quote& quote, uint64_t used) -> Run {
        // A state that could not answer says nothing about the contract.
        return execution.state.fault() ? Run{Quote::unknown(), used} : Run{quote, used};
    };
    if (recipe_->kind == Recipe::Kind::view) {
        const auto result = execution.call(recipe_->call.to, encode(recipe_->call), true);
        if (result.status != evm::Status::success || !abi::has_words(result.output, recipe_->answer + 1))
            return answer(Quote::refused(), result.gas_used);
        return answer(Quote::ok(abi::word_at(result.output, recipe_->answer)), result.gas_used);
    }
    if (!execution.fund(tokens_[in], amount_in)) return answer(Quote::unknown(), 0);
    const auto before = execution.balance(tokens_[out]);
    const char* pay = recipe_->pay == Recipe::Pay::transfer ? "transfer(address,uint256)" : "approve(address,uint256)";
    const auto paid =
        execution.call(tokens_[in], abi::call(abi::selector(pay), {word_of(recipe_->payee), amount_in}), false);
    if (paid.status != evm::Status::success || !before) return answer(Quote::refused(), paid.gas_used);
    const auto swapped = execution.call(recipe_->call.to, encode(recipe_->call), false);
    const uint64_t used = paid.gas_used + swapped.gas_used;
    if (swapped.status != evm::Status::success) return answer(Quote::refused(), used);
    const auto after = execution.balance(tokens_[out]);
    if (!after || *after < *before) return answer(Quote::refused(), used);
    return answer(Quote::ok(*after - *before), used);
}

ExecutedPool::Run ExecutedPool::run_program(const Asked& asked) const {
    const Program& program = *recipe_->program;
    Execution execution{state::Overlay{*ground_.base}, ground_.block, *ground_.machine};
    const BytesView code = program.code();
    execution.state.set_code(execution.state.account(trader), std::make_shared<const Bytes>(code.begin(), code.end()),
                             keccak256(code));
    const auto result = execution.call(program.to(), program.calldata(asked), false);
    if (execution.state.fault()) return {Quote::unknown(), result.gas_used};
    return {program.answer(asked, result), result.gas_used};
}

Quote ExecutedPool::quote_in(TokenIndex in, TokenIndex out, const u256& amount_in) const noexcept {
    return run(in, out, amount_in).quote;
}

Quote ExecutedPool::quote_out(TokenIndex in, TokenIndex out, const u256& amount_out) const noexcept {
    if (recipe_->kind == Recipe::Kind::program) {
        return can_run(in, out) ? run_program({in, out, false, amount_out}).quote : Quote::unknown();
    }
    // The first power of two that pays enough, then between it and its half. Refusals of too little count as nothing.
    u256 high{1};
    while (true) {
        const Quote quote = quote_in(in, out, high);
        if (quote.outcome == Outcome::unknown) return quote;
        if (quote && quote.amount >= amount_out) break;
        if (high > most) return Quote::refused();
        high <<= 1;
    }
    u256 low = high >> 1;
    while (high - low > u256{1}) {
        const u256 middle = low + ((high - low) >> 1);
        const Quote quote = quote_in(in, out, middle);
        if (quote.outcome == Outcome::unknown) return quote;
        (quote && quote.amount >= amount_out ? high : low) = middle;
    }
    return Quote::ok(high);
}

u256 ExecutedPool::max_in(TokenIndex in, TokenIndex out) const noexcept {
    return in != out && in < tokens_.size() && out < tokens_.size() ? most : u256{};
}

Marginal ExecutedPool::marginal(TokenIndex in, TokenIndex out, double amount_in) const noexcept {
    const double step = std::max(amount_in * 1e-6, 1e6);
    double paid[3];
    for (int i = 0; i < 3; ++i) {
        const u256 amount = to_u256(amount_in + i * step);
        const Quote quote = amount ? quote_in(in, out, amount) : Quote::ok({});
        if (!quote) return {};
        paid[i] = to_double(quote.amount);
    }
    return {.rate = (paid[1] - paid[0]) / step, .slope = (paid[2] - 2 * paid[1] + paid[0]) / (step * step)};
}

uint64_t ExecutedPool::gas(TokenIndex in, TokenIndex out, const u256& amount_in) const noexcept {
    return run(in, out, amount_in).gas;
}

Quote ExecutedPool::swap(TokenIndex in, TokenIndex out, const u256& amount_in) noexcept {
    return quote_in(in, out, amount_in);
}

Applied ExecutedPool::apply(const Log& log) {
    if (recipe_->kind == Recipe::Kind::program) return recipe_->program->apply(log);
    return log.address == key().contract || log.address == recipe_->call.to ? Applied::must_read : Applied::foreign;
}

bool ExecutedPool::same_state(const Pool& other) const {
    const auto* pool = dynamic_cast<const ExecutedPool*>(&other);
    return pool != nullptr && pool->key() == key() && pool->tokens_ == tokens_ && pool->recipe_ == recipe_ &&
           pool->ground_.base == ground_.base && pool->ground_.block.timestamp == ground_.block.timestamp;
}

/// The contract's whole state would have to be in the file: there is nothing to be written.
void ExecutedPool::write_state(JsonWriter& json) const { json.member("kept", false); }

namespace {

/// It is made by who knows the recipe, never found by asking.
Built build(const PoolKey&, Answers&) { return Built::another(); }

Result<std::unique_ptr<Pool>> read(const PoolKey&, std::span<const Address>, JsonObject&) {
    return fail("a pool that is quoted by execution has no state to be read from a file");
}

}  // namespace

constinit const Family family{.name = "executed", .build = build, .read = read};

}  // namespace osprey::protocol::executed
