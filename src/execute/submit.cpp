#include "execute/submit.hpp"

#include "primitives/hex.hpp"

namespace osprey::execute {

namespace {

/// It is for the next block: later tries than this would come too late, and who waits decides on nothing else.
constexpr chain::RpcOptions soon{
    .deadline = std::chrono::milliseconds{2'000}, .attempt = std::chrono::milliseconds{1'000}, .attempts = 3};

/// Without an answer that can be read it may have got there. So it may where an earlier try is what stands in the way
/// of this one: it is known, or in a block already. In the words of geth, Nethermind, Erigon, Reth and anvil.
bool may_have_it(const chain::RpcFailure& failure) {
    using enum chain::RpcFault;
    if (failure.kind == timeout || failure.kind == unreachable || failure.kind == garbage) return true;
    for (const std::string_view words :
         {"already known", "already imported", "AlreadyKnown", "already exists", "nonce too low", "OldNonce"})
        if (failure.message.find(words) != std::string::npos) return true;
    return false;
}

}  // namespace

Result<void> MempoolSubmitter::submit(const CheckedBundle& bundle) {
    for (const Transaction& tx : bundle.bundle().transactions) {
        if (!own_.signs_for(tx.sender)) continue;
        const auto reply = rpc_->call("eth_sendRawTransaction", "[\"" + to_hex(encode(tx)) + "\"]", soon);
        if (reply || may_have_it(reply.error())) continue;
        return std::unexpected(reply.error().to_error());
    }
    return {};
}

}  // namespace osprey::execute
