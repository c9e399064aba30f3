#pragma once
// Reads the executor's calldata back, by docs/executor.md alone.

#include <stdexcept>
#include <vector>

#include "primitives/bytes.hpp"

namespace osprey::strategy {

struct ReadStep {
    uint8_t kind = 0;
    bool flag = false;  ///< 0x80
    bool has_recipient = false, has_nested = false;
    Address first, recipient;
    std::vector<Address> others;  ///< further addresses, in their order
    u256 amount, value;
    uint8_t coins = 0;
    Hash id;
    Bytes calldata;
    std::vector<ReadStep> nested;
};

struct ReadProgram {
    Address profit_token;
    u256 min_growth, payment;
    std::vector<ReadStep> steps;
};

/// Throws where the format is broken.
class ProgramReader {
public:
    static ReadProgram read(BytesView calldata) {
        ProgramReader reader{calldata};
        reader.number(4);
        ReadProgram program;
        program.profit_token = reader.address();
        program.min_growth = reader.number(16);
        program.payment = reader.number(12);
        program.steps = reader.steps(calldata.size());
        return program;
    }

private:
    explicit ProgramReader(BytesView bytes) : bytes_(bytes) {}

    std::vector<ReadStep> steps(size_t end) {
        std::vector<ReadStep> all;
        while (at_ < end) all.push_back(step());
        if (at_ != end) throw std::runtime_error("a step runs over its end");
        return all;
    }
    ReadStep step() {
        ReadStep s;
        const auto op = static_cast<uint8_t>(number(1).w[0]);
        s.kind = op & 0x1f;
        s.flag = (op & 0x80) != 0;
        s.has_recipient = (op & 0x40) != 0;
        s.has_nested = (op & 0x20) != 0;
        s.first = address();
        if (s.has_recipient) s.recipient = address();
        switch (s.kind) {
            case 0x01:
            case 0x02:
                s.others = {address()};
                s.amount = number(16);
                break;
            case 0x03: {
                s.value = number(12);
                const size_t size = number(2).w[0];
                s.calldata = take(size);
                break;
            }
            case 0x04:
                s.amount = number(16);
                break;
            case 0x05:
                s.others = {address()};
                s.amount = number(16);
                break;
            case 0x06:
                s.coins = static_cast<uint8_t>(number(1).w[0]);
                s.others = {address()};
                s.amount = number(16);
                break;
            case 0x07:
                s.id = to_hash(number(32));
                s.others = {address(), address()};
                s.amount = number(16);
                break;
            case 0x08:
                break;
            case 0x09:
                s.others = {address(), address()};
                number(6);
                s.others.push_back(address());
                s.amount = number(16);
                break;
            case 0x0a:
            case 0x0b:
            case 0x10:
            case 0x11:
            case 0x12:
            case 0x13:
            case 0x14:
                s.others = {address()};
                s.amount = number(16);
                break;
            default:
                throw std::runtime_error("no such step: " + std::to_string(s.kind));
        }
        if (s.has_nested) {
            const size_t size = number(2).w[0];
            if (at_ + size > bytes_.size()) throw std::runtime_error("a nested program runs over the end");
            s.nested = steps(at_ + size);
        }
        return s;
    }
    Bytes take(size_t size) {
        if (at_ + size > bytes_.size()) throw std::runtime_error("a field runs over the end");
        const auto part = bytes_.subspan(at_, size);
        at_ += size;
        return {part.begin(), part.end()};
    }
    u256 number(size_t size) { return load_be(take(size)); }
    Address address() { return to_address(number(20)); }

    BytesView bytes_;
    size_t at_ = 0;
};

}  // namespace osprey::strategy
