#pragma once
// A recording of a session as it is read: the inputs, and what answers the questions of whoever runs it again.

#include <map>
#include <unordered_map>
#include <unordered_set>

#include "engine/live/session.hpp"

namespace osprey {
class JsonDocument;
}

namespace osprey::engine {

using RecordedCodes = std::unordered_map<Hash, state::SharedBytes>;

/// A block's state as far as it was asked for. Everything else cannot be told.
class RecordedState final : public state::Reader {
public:
    explicit RecordedState(std::shared_ptr<const RecordedCodes> codes) : codes_(std::move(codes)) {}

    Result<std::optional<state::AccountInfo>> account(const Address& address) override;
    Result<u256> storage(const Address& address, const u256& slot) override;
    Result<state::SharedBytes> code(const Address& address, const Hash& code_hash) override;
    Result<Hash> block_hash(uint64_t number) override;

    std::unordered_map<Address, std::optional<state::AccountInfo>> accounts;
    std::unordered_map<Address, std::unordered_map<u256, u256>> slots;
    std::unordered_map<uint64_t, Hash> hashes;

private:
    std::shared_ptr<const RecordedCodes> codes_;
};

/// What was said from outside, and the line that it stands in.
struct RecordedAnswer {
    std::shared_ptr<const JsonDocument> document;
    size_t line = 0;
};

struct RecordedSession {
    std::vector<PoolName> pools;
    uint64_t found_to = 0;      ///< the block that the pools were looked for up to
    std::vector<Input> inputs;  ///< SentInput: with the hash alone
    std::unordered_set<uint64_t> late;
    std::unordered_map<Hash, std::shared_ptr<RecordedState>> states;          ///< by block
    std::map<std::string, std::vector<RecordedAnswer>, std::less<>> answers;  ///< by question, in the order of asking
};

/// The error names the line.
Result<RecordedSession> load_session(const std::filesystem::path& file);

}  // namespace osprey::engine
