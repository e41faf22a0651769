// expect: intheloop: std::vector<bool> holds no bool
// expect-error-first
#include <intheloop/codec/detail/json_decode.hpp>

#include <vector>

namespace loop = intheloop;

#ifdef CONTROL
using list = std::vector<unsigned char>;
#else
using list = std::vector<bool>;
#endif

bool read(list& flags) {
    return !intheloop::codec::decode_json("[]", flags);
}
