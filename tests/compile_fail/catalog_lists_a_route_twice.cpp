// expect: intheloop: a catalog lists the same verb and route twice
// expect-error-first
#include <intheloop/endpoint/catalog.hpp>

#include <string>

namespace loop = intheloop;

template <loop::verb Verb, loop::fixed_string Name, class Response>
inline constexpr loop::endpoint<Verb, "/things", loop::no_parameters, Response,
                                loop::operation<Name>>
    things{};
inline constexpr auto a = things<loop::verb::get, "a", std::string>;
inline constexpr auto b = things<loop::verb::post, "b", std::string>;
inline constexpr auto c = things<loop::verb::get, "c", bool>;

#ifdef CONTROL
inline constexpr loop::endpoint<loop::verb::get, "/things", loop::no_parameters, std::string,
                                loop::origin<"https://other.example.org">, loop::operation<"d">>
    d{};
inline constexpr loop::catalog<a, b, d> all{};
static_assert(all.size() == 3);
#else
inline constexpr loop::catalog<a, b, c> all{};
static_assert(all.size() == 3);
#endif
