// Members read by name: whatever is read after the first failure, that failure is what the caller is told.

#include <gtest/gtest.h>

#include <functional>

#include "types/json_reader.hpp"

namespace osprey {
namespace {

struct Read {
    const char* name;
    std::function<void(JsonObject&)> of;  ///< fails by itself, in a way of its own
    const char* message;
};

TEST(JsonObject, TheFirstFailureStays) {
    const auto document = JsonDocument::parse(
        R"({"text": "x", "list": [1, {}], "big": 300, "object": {}, "number": 7, "quantity": "0x5"})");
    ASSERT_TRUE(document);
    uint64_t number = 1;
    u256 integer{2};
    std::vector<u256> integers;
    std::optional<uint64_t> optional;
    bool flag = false;
    const Read reads[] = {
        {"required", [&](JsonObject& o) { o.required("text", number); }, "text: expected a quantity, not \"x\""},
        {"missing", [&](JsonObject& o) { o.required("absent", number); }, "absent: missing"},
        {"optional", [&](JsonObject& o) { o.optional("object", flag); },
         "object: expected true or false, not an object"},
        {"optional value", [&](JsonObject& o) { o.optional("list", optional); },
         "list: expected a quantity, not an array"},
        {"integer", [&](JsonObject& o) { o.integer("object", integer); }, "object: expected an integer, not an object"},
        {"missing integer", [&](JsonObject& o) { o.integer("absent integer", integer); }, "absent integer: missing"},
        {"integers", [&](JsonObject& o) { o.integers("list", integers); },
         "list[1]: expected an integer, not an object"},
        {"number", [&](JsonObject& o) { o.number("text", number); }, "text: expected a number, not a string"},
        {"too large a number", [&](JsonObject& o) { o.number("big", number, 255); }, "big: it is above 255"},
        {"missing number", [&](JsonObject& o) { o.number("absent number", number); }, "absent number: missing"},
        {"refuse", [&](JsonObject& o) { o.refuse("number", "no luck"); }, "number: no luck"},
    };
    for (const Read& first : reads)
        for (const Read& second : reads) {
            JsonObject o{document->root()};
            first.of(o);
            ASSERT_FALSE(o.ok()) << first.name;
            second.of(o);
            number = 1;
            o.number("number", number).required("quantity", number);
            EXPECT_EQ(number, 1U) << first.name;
            const JsonStatus done = o.end();
            ASSERT_FALSE(done) << first.name << ", then " << second.name;
            EXPECT_EQ(done.error().to_error().message, first.message) << first.name << ", then " << second.name;
        }
}

TEST(JsonObject, WhatIsNoObjectStaysSo) {
    const auto document = JsonDocument::parse("[1]");
    ASSERT_TRUE(document);
    JsonObject o{document->root()};
    uint64_t number = 0;
    u256 integer;
    const JsonStatus done = o.number("a", number).integer("b", integer).required("c", number).end();
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().to_error().message, "expected an object, not an array");
}

}  // namespace
}  // namespace osprey
