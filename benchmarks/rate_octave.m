% The rate model of paper B as a reader would write it for GNU Octave or MATLAB: a loop over the steps.
% Called as rate_octave(settings): a JSON file with W, step, gain, theta, top, keep, kick, current, late, n_trials.
% Prints the processor seconds of a trial and the mean rates of all units over the last part of the last trial.
function rate_octave(settings)
  s = jsondecode(fileread(settings));
  x = zeros(size(s.theta));
  started = cputime;
  for k = 1:s.n_trials
    if numel(x) == 2
      [mean_r, x] = two_populations(s, x);
    else
      [mean_r, x] = many_units(s, x);
    end
  end
  printf('%.9g ', (cputime - started) / s.n_trials, mean_r);
end

function [mean_r, x] = two_populations(s, x)
  [W_EE, W_EI, W_IE, W_II] = deal(s.W(1, 1), s.W(1, 2), s.W(2, 1), s.W(2, 2));
  [step_E, step_I, gain_E, gain_I] = deal(s.step(1), s.step(2), s.gain(1), s.gain(2));
  [theta_E, theta_I, E_max, I_max] = deal(s.theta(1), s.theta(2), s.top(1), s.top(2));
  [keep, kick, late, current] = deal(s.keep, s.kick, s.late, s.current);
  [x_E, x_I, E, I, sum_E, sum_I] = deal(x(1), x(2), 0, 0, 0, 0);
  n_steps = rows(current);
  for t = 1:n_steps
    x_E = keep * x_E + kick * randn;
    x_I = keep * x_I + kick * randn;
    drive_E = W_EE * E + W_EI * I + x_E + current(t, 1) - theta_E;
    drive_I = W_IE * E + W_II * I + x_I + current(t, 2) - theta_I;
    E = min(E_max, E + step_E * (gain_E * max(drive_E, 0) - E));
    I = min(I_max, I + step_I * (gain_I * max(drive_I, 0) - I));
    if t > late
      sum_E = sum_E + E;
      sum_I = sum_I + I;
    end
  end
  mean_r = [sum_E, sum_I] / (n_steps - late);
  x = [x_E; x_I];
end

function [mean_r, x] = many_units(s, x)
  r = zeros(size(x));
  total = r;
  n_steps = rows(s.current);
  for t = 1:n_steps
    x = s.keep * x + s.kick * randn(size(x));
    drive = s.W * r + x + s.current(t, s.class)' - s.theta;
    r = min(s.top, r + s.step .* (s.gain .* max(drive, 0) - r));
    if t > s.late
      total = total + r;
    end
  end
  mean_r = total / (n_steps - s.late);
end
