#include "inspect/view.hpp"

#include <algorithm>

#include "networks/networks.hpp"

namespace osprey::inspect {

void BlockView::link_calls() {
    for (size_t i = 0; i < calls.size(); ++i) {
        Call& c = calls[i];
        c.end = static_cast<uint32_t>(i + 1);
        c.effective = !c.failed && (c.parent == Call::no_parent || calls[c.parent].effective);
    }
    // A child's end is final before its parent's is asked: children stand behind their parents.
    for (size_t i = calls.size(); i-- > 0;)
        if (const uint32_t p = calls[i].parent; p != Call::no_parent)
            calls[p].end = std::max(calls[p].end, calls[i].end);
}

Address wrapped_native(const BlockView& view) {
    if (view.wrapped_native) return *view.wrapped_native;
    return networks::wrapped_native(view.chain_id).value_or(Address{});
}

std::vector<uint32_t> trace_address(const BlockView& view, uint32_t call) {
    std::vector<uint32_t> place;
    for (uint32_t c = call; view.calls[c].parent != Call::no_parent; c = view.calls[c].parent) {
        const uint32_t parent = view.calls[c].parent;
        uint32_t number = 0;
        for (uint32_t sibling = parent + 1; sibling != c; sibling = view.calls[sibling].end) ++number;
        place.push_back(number);
    }
    std::ranges::reverse(place);
    return place;
}

}  // namespace osprey::inspect
