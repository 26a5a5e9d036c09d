#!/usr/bin/env bash
# slurm/cluster.sh up|down|status: a real Slurm on this machine, to try the profile beside this script.
#
# Three virtual nodes, partition cpu (cpu1, cpu2) and partition gpu (gpu1, with two declared GPUs that do not
# exist), on loopback, from Debian's packages. Needs root; no systemd, cgroups or database. What a job asks for is
# queued for; time and memory are enforced. Everything lies in one folder below, but for three links in
# /etc/slurm: jobs look nowhere else, Snakemake strips SLURM_CONF from their environment.
set -euo pipefail
unset SLURM_CONF
dir=/var/tmp/eiplast-slurm
nodes=(cpu1 cpu2 gpu1)
configs=(slurm.conf gres.conf cgroup.conf)
cpus=2
memory=12000 # MB a node; a declaration, as is $cpus

install_packages() {
  type slurmctld slurmd srun munged &>/dev/null && return
  apt-get update -qq
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
    slurmctld slurmd slurm-client munge >/dev/null
}

slurm_conf() {
  local host i
  host=$(hostname -s)
  cat <<EOC
ClusterName=eiplast
SlurmctldHost=$host(127.0.0.1)
SlurmctldPort=16817
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket=$dir/munge.socket,cred_expire=20
SlurmctldPidFile=$dir/slurmctld.pid
SlurmdPidFile=$dir/slurmd.%n.pid
StateSaveLocation=$dir/state
SlurmdSpoolDir=$dir/spool.%n
SlurmctldLogFile=$dir/slurmctld.log
SlurmdLogFile=$dir/slurmd.%n.log
AccountingStorageType=accounting_storage/none
MpiDefault=none
SwitchType=switch/none
TaskPlugin=task/none
ProctrackType=proctrack/linuxproc
JobAcctGatherType=jobacct_gather/linux
JobAcctGatherFrequency=task=1
JobAcctGatherParams=OverMemoryKill
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
SchedulerParameters=bf_interval=2,sched_interval=2,batch_sched_delay=0
SlurmdParameters=config_overrides
SlurmdTimeout=15
KillWait=2
MinJobAge=7200
ReturnToService=2
GresTypes=gpu
EOC
  for i in "${!nodes[@]}"; do
    echo "NodeName=${nodes[i]} NodeHostname=$host NodeAddr=127.0.0.1 Port=$((16820 + i)) CPUs=$cpus" \
      "CoresPerSocket=$cpus RealMemory=$memory $([[ ${nodes[i]} != gpu* ]] || echo Gres=gpu:2)"
  done
  echo "PartitionName=cpu Nodes=cpu1,cpu2 Default=YES"
  echo "PartitionName=gpu Nodes=gpu1"
}

up() {
  install_packages
  for config in "${configs[@]}"; do
    [[ ! -e /etc/slurm/$config && ! -L /etc/slurm/$config ]] \
      || { echo "/etc/slurm/$config exists: this machine has a Slurm already" >&2; exit 3; }
  done
  trap 'tail -n 3 "$dir"/slurm*.log >&2 || true; down' EXIT
  mkdir -p "$dir/state" /etc/slurm
  slurm_conf >"$dir/slurm.conf"
  echo "NodeName=gpu1 Name=gpu File=/dev/null,/dev/zero" >"$dir/gres.conf" # Slurm counts devices, opens none
  if [[ $(slurmd -V) < "slurm-wlm 23" ]]; then # the one word was replaced by the other
    echo CgroupAutomount=no
  else
    echo CgroupPlugin=disabled
  fi >"$dir/cgroup.conf"
  for config in "${configs[@]}"; do ln -s "$dir/$config" "/etc/slurm/$config"; done

  (umask 077 && head -c 1024 /dev/urandom >"$dir/munge.key")
  munged --force --key-file="$dir/munge.key" --socket="$dir/munge.socket" --pid-file="$dir/munged.pid" \
    --log-file="$dir/munged.log" --seed-file="$dir/munge.seed"
  slurmctld -c
  sleep 1
  kill -0 "$(<"$dir/slurmctld.pid")"
  for node in "${nodes[@]}"; do start "$node"; done
  for _ in {1..60}; do
    [[ $(timeout 5 sinfo -h -N -o %T | grep -cx idle) != "${#nodes[@]}" ]] || { trap - EXIT; status; return; }
    sleep 0.5
  done
  echo "the nodes did not come up" >&2
  exit 4
}

start() {
  mkdir -p "$dir/spool.$1"
  slurmd -N "$1"
}

stop() {
  kill "$1" 2>/dev/null || return 0
  for _ in {1..50}; do
    grep -qs '^State:.[^Z]' "/proc/$1/status" || return 0 # gone, or waiting for a parent that does not wait for it
    sleep 0.1
  done
  kill -KILL "$1"
}

down() {
  timeout 10 scancel --full --user=root 2>/dev/null || true
  for file in "$dir"/slurmd.*.pid "$dir/slurmctld.pid" "$dir/munged.pid"; do
    [[ ! -s $file ]] || stop "$(<"$file")"
  done
  for config in "${configs[@]}"; do
    [[ $(readlink "/etc/slurm/$config") != "$dir/$config" ]] || rm "/etc/slurm/$config"
  done
  rm -rf "$dir"
}

status() {
  sinfo -N -o '%N %T %P %c %m %G'
  squeue
}

case ${1:-} in
  up | down | status) "$1" ;;
  start) start "$2" ;; # a node that has been killed
  *) sed -n 2p "$0" >&2; exit 2 ;;
esac
