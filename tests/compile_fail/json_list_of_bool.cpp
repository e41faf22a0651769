// expect: intheloop: std::vector<bool> holds no bool; use std::vector<std::optional<bool>>
// expect-error-first
#include <intheloop/codec/detail/json_decode.hpp>

#include <optional>
#include <vector>

namespace loop = intheloop;

#ifdef CONTROL
using list = std::vector<std::optional<bool>>;
#else
using list = std::vector<bool>;
#endif

bool read(list& flags) {
    return !intheloop::codec::decode_json("[]", flags);
}
