#include "protocol/amm/uniswap_v4/key.hpp"

#include "primitives/abi.hpp"
#include "primitives/keccak.hpp"

namespace osprey::protocol::uniswap_v4 {

namespace {

constexpr size_t key_words = 5;
constexpr uint32_t swap_selector = 0xf3cd914c;

u256 word_of(int32_t v) noexcept {
    const uint64_t sign = v < 0 ? ~0ULL : 0;
    return {static_cast<uint64_t>(int64_t{v}), sign, sign, sign};
}
bool is_address(const u256& word) noexcept { return !(word >> 160); }

}  // namespace

bool Key::valid() const noexcept {
    if (!(currency0 < currency1) || tick_spacing < 1 || tick_spacing > max_tick_spacing) return false;
    if (!dynamic_fee() && fee > fee_unit) return false;
    // Hooks.isValidHookAddress
    const uint16_t flags = hook_flags();
    const auto needs = [&](unsigned delta, unsigned call) { return (flags & delta) == 0 || (flags & call) != 0; };
    if (!needs(before_swap_returns_delta_flag, before_swap_flag) ||
        !needs(after_swap_returns_delta_flag, after_swap_flag) || !needs(1 << 1, 1 << 10) || !needs(1 << 0, 1 << 8))
        return false;
    return hooks == Address{} ? !dynamic_fee() : flags != 0 || dynamic_fee();
}

std::array<uint8_t, 160> encode_key(const Key& key) noexcept {
    std::array<uint8_t, key_words * abi::word_size> words{};
    abi::put_word(words.data(), 0, key.currency0);
    abi::put_word(words.data(), 1, key.currency1);
    abi::put_word(words.data(), 2, u256{key.fee});
    abi::put_word(words.data(), 3, word_of(key.tick_spacing));
    abi::put_word(words.data(), 4, key.hooks);
    return words;
}

Hash Key::id() const noexcept { return keccak256(BytesView{encode_key(*this)}); }

std::optional<Key> decode_key(BytesView words) {
    if (!abi::has_words(words, key_words)) return {};
    const u256 fee = abi::word_at(words, 2), spacing = abi::word_at(words, 3);
    for (const size_t address : {0, 1, 4})
        if (!is_address(abi::word_at(words, address))) return {};
    if (!fee.fits_u64() || fee.w[0] > 0xffffff || !spacing.fits_u64() || spacing.w[0] > max_tick_spacing) return {};
    const Key key{.currency0 = abi::address_at(words, 0),
                  .currency1 = abi::address_at(words, 1),
                  .fee = static_cast<uint32_t>(fee.w[0]),
                  .tick_spacing = static_cast<int32_t>(spacing.w[0]),
                  .hooks = abi::address_at(words, 4)};
    if (!key.valid()) return {};
    return key;
}

std::optional<Key> from_swap_calldata(BytesView calldata) {
    if (abi::selector_of(calldata) != swap_selector) return {};
    return decode_key(calldata.subspan(4));
}

Bytes swap_calldata(const Key& key, bool zero_for_one, const u256& amount_specified, const u256& sqrt_price_limit,
                    BytesView hook_data) {
    // The hook data's offset counts from the first argument: five words, three words, itself.
    Bytes data = abi::call(swap_selector, {0, 0, 0, 0, 0, u256{zero_for_one}, amount_specified, sqrt_price_limit,
                                           9 * abi::word_size, hook_data.size()});
    const auto words = encode_key(key);
    std::memcpy(data.data() + 4, words.data(), words.size());
    data.insert(data.end(), hook_data.begin(), hook_data.end());
    data.resize(4 + (10 + (hook_data.size() + 31) / 32) * abi::word_size);
    return data;
}

std::optional<InitializeEvent> decode_initialize(const Log& log) {
    static const Hash topic =
        abi::event_topic("Initialize(bytes32,address,address,uint24,int24,address,uint160,int24)");
    if (log.topics.size() != 4 || log.topics[0] != topic || log.data.size() != 5 * abi::word_size) return {};
    // As abi.encode(key): the currencies are topics, the rest of the key is data.
    std::array<uint8_t, key_words * abi::word_size> words{};
    abi::put_word(words.data(), 0, to_u256(log.topics[2]));
    abi::put_word(words.data(), 1, to_u256(log.topics[3]));
    for (size_t i = 0; i < 3; ++i) abi::put_word(words.data(), 2 + i, abi::word_at(log.data, i));
    const auto key = decode_key(words);
    const u256 price = abi::word_at(log.data, 3);
    if (!key || key->id() != log.topics[1] || !is_address(price)) return {};
    return InitializeEvent{.key = *key,
                           .sqrt_price = price,
                           .tick = static_cast<int32_t>(static_cast<uint32_t>(abi::word_at(log.data, 4).w[0]))};
}

}  // namespace osprey::protocol::uniswap_v4
