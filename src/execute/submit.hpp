#pragma once
// Handing a bundle to who includes it. Takes nothing but bundles that passed the no-harm rule.

#include <memory>
#include <vector>

#include "chain/rpc/rpc.hpp"
#include "execute/no_harm/no_harm.hpp"

namespace osprey::execute {

class Submitter {
public:
    virtual ~Submitter() = default;
    /// The error: it was not taken, by anybody. Where that is not sure (no answer, or none that can be read), it counts
    /// as taken.
    virtual Result<void> submit(const CheckedBundle& bundle) = 0;
};

/// To the open mempool: our transactions of the bundle, one by one; the others' are there already. Where ours come is
/// settled by their fees, so each has to bear being included alone: a plan of the executor reverts unless it gains.
class MempoolSubmitter final : public Submitter {
public:
    MempoolSubmitter(std::shared_ptr<chain::Rpc> rpc, OwnAccounts own) : rpc_(std::move(rpc)), own_(std::move(own)) {}
    Result<void> submit(const CheckedBundle& bundle) override;

private:
    std::shared_ptr<chain::Rpc> rpc_;
    OwnAccounts own_;
};

}  // namespace osprey::execute
