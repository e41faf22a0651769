// expect: intheloop: two members go into the same header
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
                                loop::header<"X-Name", &find_things::name>,
                                loop::header<"X-Other", &find_things::other>>
    things{};
#else
inline constexpr loop::endpoint<loop::verb::post, "/things", find_things, std::string,
                                loop::header<"X-Name", &find_things::name>,
                                loop::header<"x-name", &find_things::other>>
    things{};
#endif
