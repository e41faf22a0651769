// expect: intheloop: the description does not cover this type
// expect: inner
// expect-error-first
#include <intheloop/codec/detail/json_decode.hpp>

#include <string>
#include <vector>

namespace loop = intheloop;

struct inner {
    std::string id;
    std::string name;

#ifdef CONTROL
    using members = loop::members<&inner::id, &inner::name>;
#else
    using members = loop::members<&inner::id>;
#endif
};

bool read(std::vector<inner>& list) {
    return !intheloop::codec::decode_json("[]", list);
}
