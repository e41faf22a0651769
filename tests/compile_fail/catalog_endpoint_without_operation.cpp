// expect: intheloop: an endpoint of a catalog has a name: give it operation<
// expect-error-first
#include <intheloop/endpoint/catalog.hpp>

#include <string>

namespace loop = intheloop;

#ifdef CONTROL
inline constexpr loop::endpoint<loop::verb::get, "/a", loop::no_parameters, std::string,
                                loop::operation<"a">>
    a{};
#else
inline constexpr loop::endpoint<loop::verb::get, "/a", loop::no_parameters, std::string> a{};
#endif

inline constexpr loop::catalog<a> all{};
static_assert(all.size() == 1);
