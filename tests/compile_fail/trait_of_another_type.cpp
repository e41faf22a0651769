// expect: intheloop: query<>, header<>, body<> or multipart<> names something that is not
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

class other_request {
public:
    other_request() {}
    std::string name;
    using members = loop::members<&other_request::name>;
};

#ifdef CONTROL
inline constexpr loop::endpoint<loop::verb::post, "/things", find_things, std::string,
                                loop::query<&find_things::name>>
    things{};
#else
inline constexpr loop::endpoint<loop::verb::post, "/things", find_things, std::string,
                                loop::query<&other_request::name>>
    things{};
#endif
