// expect: intheloop: this type can't be written as JSON: list its data members
// expect: open_enum, one_of or std::map<std::string, T>
// expect: inner
// expect-error-first
#include <intheloop/codec/detail/json_encode.hpp>

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

bool write(std::string& out, std::vector<inner> const& list) {
    return !intheloop::codec::encode_json(out, list);
}
