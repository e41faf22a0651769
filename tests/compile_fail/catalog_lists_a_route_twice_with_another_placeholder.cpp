// expect: intheloop: a catalog lists the same verb and route twice
// expect-error-first
#include <intheloop/endpoint/catalog.hpp>

#include <string>

namespace loop = intheloop;

template <loop::fixed_string Name>
using thing = loop::parameters<loop::path_parameter<Name, std::string>>;
inline constexpr loop::endpoint<loop::verb::get, "/things/{id}", thing<"id">, std::string,
                                loop::operation<"a">>
    a{};

#ifdef CONTROL
inline constexpr loop::endpoint<loop::verb::delete_, "/things/{thing}", thing<"thing">, std::string,
                                loop::operation<"b">>
    b{};
inline constexpr loop::endpoint<loop::verb::get, "/things/{thing}.json", thing<"thing">,
                                std::string, loop::operation<"c">>
    c{};
inline constexpr loop::endpoint<loop::verb::get, "/things/{thing}", thing<"thing">, std::string,
                                loop::origin<"https://other.example.org">, loop::operation<"d">>
    d{};
inline constexpr loop::catalog<a, b, c, d> all{};
static_assert(all.size() == 4);
#else
inline constexpr loop::endpoint<loop::verb::get, "/things/{thing}", thing<"thing">, std::string,
                                loop::operation<"b">>
    b{};
inline constexpr loop::catalog<a, b> all{};
static_assert(all.size() == 2);
#endif
