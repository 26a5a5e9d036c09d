// Standard normal numbers for the spiking network, many at a time: about a tenth of the cost of
// drawing each by itself, which is most of a trial. xoshiro128+ (Blackman & Vigna 2021) in lanes that
// the compiler turns into vectors, then Box-Muller in single precision.
#ifndef EIPLAST_NORMAL_H
#define EIPLAST_NORMAL_H

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>

namespace eiplast {

class NormalStream {
    static const int lanes = 64;
    uint32_t state[4][lanes];
    float block[2 * lanes];
    int used = 2 * lanes;

    // -2 ln u for u in (0, 1]: u = 2^e m with m in [sqrt(1/2), sqrt(2)), ln m = 2 artanh((m-1)/(m+1)).
    static inline float minus_two_log(float u) {
        int32_t bits;
        std::memcpy(&bits, &u, 4);
        const int32_t e = (bits - 0x3f3504f3) >> 23;
        bits -= e << 23;
        float m;
        std::memcpy(&m, &bits, 4);
        const float x = (m - 1.0f) / (m + 1.0f), y = x * x;
        const float log_m = 2 * x * (1 + y * (1 / 3.0f + y * (1 / 5.0f + y * (1 / 7.0f))));
        const float minus_two_log_u = -2 * (0.693147181f * e + log_m);
        return minus_two_log_u > 0 ? minus_two_log_u : 0;
    }

    void refill() {
        uint32_t a[lanes], b[lanes];
        next(a);
        next(b);
        for (int i = 0; i < lanes; i++) {
            const float u = ((int32_t)(a[i] >> 1) + 0.5f) * (1 / 2147483648.0f);
            const float r = std::sqrt(minus_two_log(u));
            // An angle within 45 degrees, then two random bits for the octants and the half.
            const float x = (int32_t)(b[i] << 2) * (0.785398163f / 2147483648.0f), y = x * x;
            const float sine = x * (1 - y / 6 * (1 - y / 20 * (1 - y / 42 * (1 - y / 72))));
            const float cosine = 1 - y / 2 * (1 - y / 12 * (1 - y / 30 * (1 - y / 56)));
            const bool swap = b[i] >> 31;
            const float signed_r = (b[i] >> 30) & 1 ? -r : r;
            block[i] = signed_r * (swap ? sine : cosine);
            block[lanes + i] = signed_r * (swap ? cosine : sine);
        }
        used = 0;
    }

    void next(uint32_t *out) {
        for (int i = 0; i < lanes; i++) {
            out[i] = state[0][i] + state[3][i];
            const uint32_t t = state[1][i] << 9;
            state[2][i] ^= state[0][i];
            state[3][i] ^= state[1][i];
            state[1][i] ^= state[2][i];
            state[0][i] ^= state[3][i];
            state[2][i] ^= t;
            state[3][i] = (state[3][i] << 11) | (state[3][i] >> 21);
        }
    }

  public:
    // splitmix64 spreads the seed over all lanes, as the authors of xoshiro advise.
    void seed(uint64_t s) {
        for (auto &word : state)
            for (auto &lane : word) {
                uint64_t z = (s += 0x9e3779b97f4a7c15);
                z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
                z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
                lane = (uint32_t)((z ^ (z >> 31)) >> 32);
            }
        used = 2 * lanes;
    }

    // The next `n` numbers to `to`; 0, since Brian2 wants a value.
    float fill(float *to, int n) {
        for (int i = 0; i < n;) {
            if (used == 2 * lanes) refill();
            const int more = std::min(n - i, 2 * lanes - used);
            std::memcpy(to + i, block + used, more * sizeof(float));
            i += more;
            used += more;
        }
        return 0;
    }
};

inline NormalStream normal_stream;

}  // namespace eiplast

#endif
