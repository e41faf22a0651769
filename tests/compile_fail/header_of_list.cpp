// expect: intheloop: this member can't stand in a header
// expect: find_things::other
// expect-error-first
#include <intheloop/endpoint/endpoint.hpp>

#include <string>
#include <vector>

namespace loop = intheloop;

class find_things {
public:
    find_things() {}
    std::string name;
    std::vector<std::string> other;
    using members = loop::members<&find_things::name, &find_things::other>;
};

#ifdef CONTROL
inline constexpr loop::endpoint<loop::verb::post, "/things", find_things, std::string,
                                loop::header<"X-Name", &find_things::name>>
    things{};
#else
inline constexpr loop::endpoint<loop::verb::post, "/things", find_things, std::string,
                                loop::header<"X-Others", &find_things::other>>
    things{};
#endif
