// expect: intheloop: a request of this verb has no body
// expect: find_things::name
// expect-error-first
#include <intheloop/endpoint/endpoint.hpp>

#include <string>

namespace loop = intheloop;

class find_things {
public:
    find_things() {}
    std::string name;
    using members = loop::members<&find_things::name>;
};

#ifdef CONTROL
inline constexpr loop::endpoint<loop::verb::put, "/things", find_things, std::string,
                                loop::body<&find_things::name>>
    things{};
#else
inline constexpr loop::endpoint<loop::verb::get, "/things", find_things, std::string,
                                loop::body<&find_things::name>>
    things{};
#endif
