// expect: intheloop: this member of the request has more than one place
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
inline constexpr loop::endpoint<loop::verb::post, "/things/{name}", find_things, std::string,
                                loop::query<&find_things::other>>
    things{};
#else
inline constexpr loop::endpoint<loop::verb::post, "/things/{name}/{other}", find_things,
                                std::string, loop::query<&find_things::other>>
    things{};
#endif
