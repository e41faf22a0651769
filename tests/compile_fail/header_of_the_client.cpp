// expect: intheloop: this header name is not a token, or the client sets it by itself
// expect: find_things::other
// expect-error-first
#include <intheloop/endpoint/endpoint.hpp>

#include <string>

namespace loop = intheloop;

class find_things {
public:
    find_things() {}
    std::string name;
    std::string other;
    using members = loop::members<&find_things::name, &find_things::other>;
};

#ifdef CONTROL
inline constexpr loop::endpoint<loop::verb::post, "/things", find_things, std::string,
                                loop::header<"X-Other", &find_things::other>>
    things{};
#else
inline constexpr loop::endpoint<loop::verb::post, "/things", find_things, std::string,
                                loop::header<"Authorization", &find_things::other>>
    things{};
#endif
