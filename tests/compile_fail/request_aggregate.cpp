// only-gcc-before: 13
// expect: intheloop: g++ before 13 corrupts memory where such a request
// expect: give it a constructor
// expect: INTHELOOP_ALLOW_AGGREGATE_REQUESTS
// expect: get_card
// expect-error-first
#ifdef CONTROL
#define INTHELOOP_ALLOW_AGGREGATE_REQUESTS
#endif
#include <intheloop/endpoint/endpoint.hpp>

#include <string>

namespace loop = intheloop;

struct get_card {
    std::string id;
    using members = loop::members<&get_card::id>;
};

inline constexpr loop::endpoint<loop::verb::get, "/cards/{id}", get_card, std::string> card{};
