// expect: intheloop: only a std::vector can be joined
// expect: find_things::id
// expect-error-first
#include <intheloop/endpoint/endpoint.hpp>

#include <string>
#include <vector>

namespace loop = intheloop;

class find_things {
public:
    find_things() {}
    std::string id;
    std::vector<std::string> others;
    using members = loop::members<&find_things::id, &find_things::others>;
};

#ifdef CONTROL
inline constexpr loop::endpoint<loop::verb::get, "/things", find_things, std::string,
                                loop::query<&find_things::id>,
                                loop::joined_query<',', &find_things::others>>
    things{};
#else
inline constexpr loop::endpoint<loop::verb::get, "/things", find_things, std::string,
                                loop::joined_query<',', &find_things::id, &find_things::others>>
    things{};
#endif
