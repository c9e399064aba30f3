// Any text as a bundle: it is refused with one line, or every transaction in it is what its bytes say.

#include <unordered_set>

#include "execute/bundle.hpp"
#include "fuzz/fuzzing.hpp"
#include "primitives/keccak.hpp"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    using namespace osprey;
    const auto request = execute::parse_call_bundle({reinterpret_cast<const char*>(data), size});
    if (!request) {
        FUZZ_CHECK(!request.error().message.empty());
        return 0;
    }
    const auto& transactions = request->bundle.transactions;
    FUZZ_CHECK(!transactions.empty() && transactions.size() <= execute::max_bundle_transactions);
    std::unordered_set<Hash> hashes;
    for (const Transaction& tx : transactions) {
        FUZZ_CHECK(tx.hash == keccak256(encode(tx)));
        FUZZ_CHECK(hashes.insert(tx.hash).second);
    }
    for (const Hash& hash : request->bundle.reverting_tx_hashes) FUZZ_CHECK(hashes.contains(hash));
    return 0;
}
