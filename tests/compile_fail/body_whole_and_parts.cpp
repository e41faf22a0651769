// expect: intheloop: with body<> one member is the whole body, so the others need another place
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
                                loop::body<&find_things::other>>
    things{};
#else
inline constexpr loop::endpoint<loop::verb::post, "/things", find_things, std::string,
                                loop::body<&find_things::other>>
    things{};
#endif
