// expect: intheloop: this type is not described: list its data members
// expect: get_thing
// expect-error-first
#include <intheloop/endpoint/endpoint.hpp>

#include <string>
#include <utility>

namespace loop = intheloop;

#ifdef CONTROL
class get_thing {
public:
    explicit get_thing(std::string thing) : id(std::move(thing)) {}
    std::string id;
    using members = loop::members<&get_thing::id>;
};

inline constexpr loop::endpoint<loop::verb::get, "/things/{id}", get_thing, std::string> thing{};
#else
class get_thing {
public:
    explicit get_thing(std::string thing) : id(std::move(thing)) {}
    std::string id;
};

inline constexpr loop::endpoint<loop::verb::get, "/things/{id}", get_thing, std::string> thing{};
#endif
