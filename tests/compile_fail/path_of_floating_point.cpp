// expect: intheloop: this member can't stand in a path
// expect: find_things::other
// expect-error-first
#include <intheloop/endpoint/endpoint.hpp>

#include <string>

namespace loop = intheloop;

class find_things {
public:
    find_things() {}
    std::string name;
    double other = 0;
    using members = loop::members<&find_things::name, &find_things::other>;
};

#ifdef CONTROL
inline constexpr loop::endpoint<loop::verb::post, "/things/{name}", find_things, std::string>
    things{};
#else
inline constexpr loop::endpoint<loop::verb::post, "/things/{other}", find_things, std::string>
    things{};
#endif
