#include "execute/submit.hpp"

#include "primitives/hex.hpp"

namespace osprey::execute {

namespace {

/// In the words of geth, Nethermind, Erigon, Reth and anvil.
bool has_it_already(const chain::RpcFailure& failure) {
    for (const std::string_view words : {"already known", "already imported", "AlreadyKnown", "already exists"})
        if (failure.message.find(words) != std::string::npos) return true;
    return false;
}

}  // namespace

Result<void> MempoolSubmitter::submit(const CheckedBundle& bundle) {
    for (const Transaction& tx : bundle.bundle().transactions) {
        if (!own_.signs_for(tx.sender)) continue;
        const auto reply = rpc_->call("eth_sendRawTransaction", "[\"" + to_hex(encode(tx)) + "\"]");
        // Without an answer it may have got there.
        if (reply || has_it_already(reply.error()) || reply.error().kind == chain::RpcFault::timeout) continue;
        return std::unexpected(reply.error().to_error());
    }
    return {};
}

}  // namespace osprey::execute
