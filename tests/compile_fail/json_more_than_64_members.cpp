// expect: intheloop: more than 64 members in one type
// expect-error-first
#include <intheloop/codec/detail/json_decode.hpp>

namespace loop = intheloop;

struct wide {
    bool m00, m01, m02, m03, m04, m05, m06, m07;
    bool m08, m09, m10, m11, m12, m13, m14, m15;
    bool m16, m17, m18, m19, m20, m21, m22, m23;
    bool m24, m25, m26, m27, m28, m29, m30, m31;
    bool m32, m33, m34, m35, m36, m37, m38, m39;
    bool m40, m41, m42, m43, m44, m45, m46, m47;
    bool m48, m49, m50, m51, m52, m53, m54, m55;
    bool m56, m57, m58, m59, m60, m61, m62, m63;
#ifdef CONTROL
    using members =
        loop::members<&wide::m00, &wide::m01, &wide::m02, &wide::m03, &wide::m04, &wide::m05,
                      &wide::m06, &wide::m07, &wide::m08, &wide::m09, &wide::m10, &wide::m11,
                      &wide::m12, &wide::m13, &wide::m14, &wide::m15, &wide::m16, &wide::m17,
                      &wide::m18, &wide::m19, &wide::m20, &wide::m21, &wide::m22, &wide::m23,
                      &wide::m24, &wide::m25, &wide::m26, &wide::m27, &wide::m28, &wide::m29,
                      &wide::m30, &wide::m31, &wide::m32, &wide::m33, &wide::m34, &wide::m35,
                      &wide::m36, &wide::m37, &wide::m38, &wide::m39, &wide::m40, &wide::m41,
                      &wide::m42, &wide::m43, &wide::m44, &wide::m45, &wide::m46, &wide::m47,
                      &wide::m48, &wide::m49, &wide::m50, &wide::m51, &wide::m52, &wide::m53,
                      &wide::m54, &wide::m55, &wide::m56, &wide::m57, &wide::m58, &wide::m59,
                      &wide::m60, &wide::m61, &wide::m62, &wide::m63>;
#else
    bool m64;
    using members =
        loop::members<&wide::m00, &wide::m01, &wide::m02, &wide::m03, &wide::m04, &wide::m05,
                      &wide::m06, &wide::m07, &wide::m08, &wide::m09, &wide::m10, &wide::m11,
                      &wide::m12, &wide::m13, &wide::m14, &wide::m15, &wide::m16, &wide::m17,
                      &wide::m18, &wide::m19, &wide::m20, &wide::m21, &wide::m22, &wide::m23,
                      &wide::m24, &wide::m25, &wide::m26, &wide::m27, &wide::m28, &wide::m29,
                      &wide::m30, &wide::m31, &wide::m32, &wide::m33, &wide::m34, &wide::m35,
                      &wide::m36, &wide::m37, &wide::m38, &wide::m39, &wide::m40, &wide::m41,
                      &wide::m42, &wide::m43, &wide::m44, &wide::m45, &wide::m46, &wide::m47,
                      &wide::m48, &wide::m49, &wide::m50, &wide::m51, &wide::m52, &wide::m53,
                      &wide::m54, &wide::m55, &wide::m56, &wide::m57, &wide::m58, &wide::m59,
                      &wide::m60, &wide::m61, &wide::m62, &wide::m63, &wide::m64>;
#endif
};

bool read(wide& object) {
    return !intheloop::codec::decode_json("{}", object);
}
