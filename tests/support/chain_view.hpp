#pragma once
// The state of a test's chain as it is, for who reads states.

#include "support/test_chain.hpp"

namespace osprey::test {

class ChainView final : public state::Reader {
public:
    explicit ChainView(TestChain& chain) : chain_(chain) {}
    Result<std::optional<state::AccountInfo>> account(const Address& address) override {
        state::Account& account = chain_.state().account(address);
        return state::AccountInfo{account.nonce, account.balance, account.code_hash};
    }
    Result<u256> storage(const Address& address, const u256& slot) override { return chain_.slot(address, slot); }
    Result<state::SharedBytes> code(const Address& address, const Hash&) override {
        return chain_.state().code(chain_.state().account(address));
    }
    Result<Hash> block_hash(uint64_t) override { return Hash{}; }

private:
    TestChain& chain_;
};

}  // namespace osprey::test
