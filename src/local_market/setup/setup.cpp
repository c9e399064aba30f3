#include "local_market/setup/setup.hpp"

#include <fmt/format.h>

#include <numeric>
#include <unordered_map>

#include "evm/context.hpp"
#include "local_market/amounts.hpp"
#include "primitives/hex.hpp"

namespace osprey::local_market {

namespace {

/// Above any base fee that the set-up's full blocks lead to.
const u256 highest_fee{1'000'000'000'000};
/// Wei that everybody on the market has for gas: a billion ether.
const u256 fortune = to_u256(1e27);

}  // namespace

Setup::Setup(Session& session, const Contracts& contracts, const PricePath& prices)
    : session_(session), contracts_(contracts), prices_(prices), owner_(make_account("owner")) {
    deployment_.chain_id = session.chain_id();
    endow(owner_);
}

void Setup::note(Error error) {
    if (!failed_) failed_ = std::move(error).in("the local market's set-up");
}

void Setup::endow(const Account& account) {
    const Address address = account.address();
    rich_.push_back(address);
    if (auto done = session_.set_balances({&address, 1}, fortune); !done) note(std::move(done).error());
}

void Setup::add(Account& account, const std::optional<Address>& to, Bytes data, const u256& value, uint64_t gas,
                std::string what) {
    if (failed_) return;
    Step& step = steps_.emplace_back();
    step.what = std::move(what);
    step.tx.type = TxType::dynamic_fee;
    step.tx.chain_id = session_.chain_id();
    step.tx.nonce = account.nonce++;
    step.tx.to = to;
    step.tx.value = value;
    step.tx.data = std::move(data);
    step.tx.gas_limit = gas;
    // The node orders by this fee: who came first into the market goes first.
    const auto place = std::find(rich_.begin(), rich_.end(), account.address()) - rich_.begin();
    step.tx.max_fee_per_gas = highest_fee - u256{static_cast<uint64_t>(place)};
    step.tx.max_priority_fee_per_gas = u256{1'000'000'000};
    if (auto signed_ = execute::sign_transaction(*account.signer, step.tx); !signed_) note(std::move(signed_).error());
}

Address Setup::create(std::string_view contract, const Bytes& arguments, std::span<const LinkedLibrary> libraries) {
    auto code = contracts_.code(contract, libraries);
    if (!code) {
        note(std::move(code).error());
        return {};
    }
    code->insert(code->end(), arguments.begin(), arguments.end());
    const Address address = evm::create_address(owner_.address(), owner_.nonce);
    add(owner_, {}, std::move(*code), {}, creation_gas, fmt::format("creation of {}", contract));
    return address;
}

Address Setup::create_from(Account& account, std::string_view contract, const Bytes& arguments) {
    std::swap(account, owner_);
    const Address address = create(contract, arguments);
    std::swap(account, owner_);
    return address;
}

Address Setup::store(BytesView code) {
    // PUSH2 size DUP1 PUSH1 10 RETURNDATASIZE CODECOPY RETURNDATASIZE RETURN: what follows becomes the code.
    Bytes data = {0x61,
                  static_cast<uint8_t>(code.size() >> 8),
                  static_cast<uint8_t>(code.size()),
                  0x80,
                  0x60,
                  0x0a,
                  0x3d,
                  0x39,
                  0x3d,
                  0xf3};
    data.insert(data.end(), code.begin(), code.end());
    const Address address = evm::create_address(owner_.address(), owner_.nonce);
    add(owner_, {}, std::move(data), {}, creation_gas, "storing of code");
    return address;
}

Bytes Setup::code(std::string_view contract) {
    auto code = contracts_.code(contract);
    if (code) return std::move(*code);
    note(std::move(code).error());
    return {};
}

void Setup::call_from(Account& account, const Address& to, Bytes data, const u256& value, uint64_t gas) {
    std::string what =
        fmt::format("call of {} at {}", to_hex(BytesView{data}.first(std::min<size_t>(4, data.size()))), to_hex(to));
    add(account, to, std::move(data), value, gas, std::move(what));
}

void Setup::give(const Address& to, size_t token, const u256& amount) {
    const Address& contract = deployment_.tokens[token].address;
    if (token == 0) call(contract, call_data("deposit()"), amount);
    if (token == 0 && to == owner_.address()) return;
    call(contract,
         call_data(token == 0 ? "transfer(address,uint256)" : "mint(address,uint256)", {to_u256(to), amount}));
}

void Setup::allow(Account& account, std::span<const Address> spenders, std::span<const size_t> tokens) {
    for (const size_t token : tokens)
        for (const Address& spender : spenders)
            call_from(account, deployment_.tokens[token].address,
                      call_data("approve(address,uint256)", {to_u256(spender), u256::max()}));
}

std::vector<size_t> Setup::all_tokens() const {
    std::vector<size_t> tokens(deployment_.tokens.size());
    std::iota(tokens.begin(), tokens.end(), size_t{0});
    return tokens;
}

void Setup::equip(Account& account, double worth, std::span<const size_t> tokens, std::span<const Address> spenders) {
    endow(account);
    for (const size_t token : tokens) give(account.address(), token, to_u256(worth / price(token)));
    allow(account, spenders, tokens);
}

Result<void> Setup::flush() {
    if (failed_) return std::unexpected(*failed_);
    std::vector<const Transaction*> transactions;
    std::unordered_map<Hash, const Step*> waiting;
    for (const Step& step : steps_) {
        transactions.push_back(&step.tx);
        waiting.emplace(step.tx.hash, &step);
    }
    if (auto sent = session_.send(transactions); !sent) note(std::move(sent).error());
    while (!waiting.empty() && !failed_) {
        auto block = session_.mine();
        if (!block) {
            note(std::move(block).error());
            break;
        }
        if (block->transactions.empty()) note({fmt::format("{} transactions stay unmined", waiting.size())});
        for (size_t i = 0; i < block->transactions.size(); ++i) {
            const auto found = waiting.find(block->transactions[i]);
            if (found == waiting.end()) continue;
            if (!block->receipts[i].success) note({found->second->what + " failed"});
            waiting.erase(found);
            std::ranges::move(block->receipts[i].logs, std::back_inserter(logs_));
        }
        head_ = std::move(block->header);
    }
    steps_.clear();
    if (failed_) return std::unexpected(*failed_);
    return {};
}

u256 Setup::view(const Address& to, const Bytes& data) {
    if (failed_) return {};
    const auto answer = session_.view(to, data);
    if (answer && abi::has_words(*answer, 1)) return abi::word_at(*answer, 0);
    note(answer ? Error{"no answer from " + to_hex(to)} : answer.error());
    return {};
}

}  // namespace osprey::local_market
