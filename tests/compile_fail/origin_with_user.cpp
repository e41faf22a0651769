// expect: intheloop: an origin<> is scheme, host and port: no path
#include <intheloop/endpoint/endpoint.hpp>

#include <string>

namespace loop = intheloop;

class ask_request {
public:
    ask_request() {}
    std::string name;
    using members = loop::members<&ask_request::name>;
};

template <class... Traits>
using page = loop::endpoint<loop::verb::get, "/page", ask_request, std::string, Traits...>;

#ifdef CONTROL
inline constexpr page<loop::query<&ask_request::name>, loop::origin<"https://docs.example.org">>
    asked{};
#else
inline constexpr page<loop::query<&ask_request::name>, loop::origin<"https://me@docs.example.org">>
    asked{};
#endif
