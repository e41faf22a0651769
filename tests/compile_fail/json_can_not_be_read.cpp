// expect: intheloop: this type can't be read from JSON: list its data members
// expect: open_enum, one_of or std::map<std::string, T>
// expect: inner
// expect-error-first
#include <intheloop/codec/detail/json_decode.hpp>

#include <string>
#include <vector>

namespace loop = intheloop;

#ifdef CONTROL
struct inner {
    std::string id;
    using members = loop::members<&inner::id>;
};
#else
struct inner {
    std::string id;
};
#endif

bool read(std::vector<inner>& list) {
    return !intheloop::codec::decode_json("[]", list);
}
