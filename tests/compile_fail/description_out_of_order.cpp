// expect: intheloop: the description does not cover this type: list every data member
// expect-error-first
#include <intheloop/endpoint/endpoint.hpp>

#include <string>

namespace loop = intheloop;

#ifdef CONTROL
class find_things {
public:
    find_things() {}
    bool exact = false;
    std::string name;
    bool deep = false;
    using members = loop::members<&find_things::exact, &find_things::name, &find_things::deep>;
};
#else
class find_things {
public:
    find_things() {}
    bool exact = false;
    std::string name;
    bool deep = false;
    using members = loop::members<&find_things::exact, &find_things::deep, &find_things::name>;
};
#endif
inline constexpr loop::endpoint<loop::verb::post, "/things", find_things, std::string> things{};
