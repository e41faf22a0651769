// expect: intheloop: a list in a query is joined with a comma, a space or a bar
// expect-error-first
#include <intheloop/endpoint/endpoint.hpp>

#include <string>
#include <vector>

namespace loop = intheloop;

class find_things {
public:
    find_things() {}
    std::vector<std::string> ids;
    using members = loop::members<&find_things::ids>;
};

#ifdef CONTROL
constexpr char mark = '|';
#else
constexpr char mark = ';';
#endif
inline constexpr loop::endpoint<loop::verb::get, "/things", find_things, std::string,
                                loop::joined_query<mark, &find_things::ids>>
    things{};
